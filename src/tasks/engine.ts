import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import type { Clock } from '../lib/clock.ts'
import type { Signal } from '../lib/signal.ts'
import { createTurns } from '../lib/turns.ts'
import type { Vault } from '../lib/vault.ts'
import type { Stores } from '../stores/index.ts'
import type { TaskChange } from '../stores/tasks.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { createRecent } from './cache.ts'
import { createCallbacks } from './callbacks.ts'
import { createHealth } from './channel-health.ts'
import { createCreation } from './create.ts'
import { createForgetting } from './cleanup.ts'
import { createPace } from './durations.ts'
import { createReplay } from './idempotency.ts'
import { createFollowing } from './poll.ts'
import { createPlanner } from './plan.ts'
import { createPricing } from './pricing.ts'
import { createPlaces } from './queue-position.ts'
import type { Routing } from './routing.ts'
import { createSubmitting } from './submit.ts'
import { createTasks } from './tasks.ts'
import { createDrain } from './throughput.ts'
import { createSuspense } from './unresolved.ts'
import { createWorker } from './worker.ts'

/** Times in milliseconds. */
interface Settings {
  submitWaitMs: number
  settleMs: number
  deadlineMs: number
  queueWaitMs: number
  suspenseMs: number
  reuseMs: number
  maxQueued: number
  allowUnpriced: boolean
  defaultModel: string | undefined
  /** base of the addresses that vendors call; null: none is reachable for them */
  callbackBase: string | null
}

interface Dependencies {
  stores: Stores
  /** other nodes write into the same database */
  isShared: boolean
  routing: Routing
  exchange: Exchange
  vault: Vault
  /** where videos that come inside a vendor's answer are put, by way of `folder` */
  files: Archive
  folder: string
  taskChanges: Signal<TaskChange>
  settings: Settings
  /** a free question that proves a channel's credential; null: its vendor has none */
  probe(channelId: string): Promise<boolean | null>
  refuseAddress(url: string): string | null
  /** unique per process: the name on leases */
  owner: string
  now(): number
  clock: Clock
  random(): number
  log: Logger
}

/** What moves tasks from their creation to their end. */
export function createEngine({
  stores,
  isShared,
  routing,
  exchange,
  vault,
  files,
  folder,
  taskChanges,
  settings,
  probe,
  refuseAddress,
  owner,
  now,
  clock,
  random,
  log
}: Dependencies) {
  const { tasks: store, ledger, assets, idempotency } = stores
  const { settleMs, deadlineMs } = settings
  const time = { now, clock, random, settleMs, deadlineMs }

  // beside SQLite there is at most a command line; a shared database is changed by other nodes all the time
  const recent = createRecent({ load: store.look, now, freshMs: isShared ? 0 : 1000 })
  taskChanges.subscribe(({ id }) => recent.forget(id))

  const pace = createPace({ load: store.recentDurations })
  const drain = createDrain()
  const health = createHealth({ channels: stores.channels, routing, log, now, probe })
  const callbacks = createCallbacks({ tasks: store, routing, vault, log, now, publicUrl: settings.callbackBase })
  const vendorSide = { tasks: store, health, routing, exchange, pace, log, ...time }
  const submit = createSubmitting({ ...vendorSide, owner, callbackUrl: callbacks.url })
  const following = createFollowing({ ...vendorSide, files, folder })
  const worker = createWorker({ tasks: store, routing, submit, following, drain, log, owner, ...time })
  const planner = createPlanner({ routing, defaultModel: settings.defaultModel, refuseAddress })
  const places = createPlaces({ store, routing, pace, drain, now, maxQueued: settings.maxQueued })
  const pricing = createPricing({ routing, ledger, now, allowUnpriced: settings.allowUnpriced })

  const creation = createCreation({
    store,
    planner,
    pricing,
    worker,
    replay: createReplay({ store: idempotency, tasks: store, now, reuseMs: settings.reuseMs }),
    places,
    now,
    owner,
    submitWaitMs: settings.submitWaitMs,
    settleMs,
    queueWaitMs: settings.queueWaitMs,
    // fewer than the pool has connections; SQLite gathers what comes at once into one commit
    inTurn: createTurns(isShared ? 8 : Infinity)
  })

  return {
    health,
    pace,
    callbacks,
    worker,
    pricing,

    suspense: createSuspense({
      store: stores.unresolved,
      tasks: store,
      routing,
      exchange,
      now,
      suspenseMs: settings.suspenseMs,
      deadlineMs,
      log,
      onChange: id => taskChanges.emit({ id, event: false, remote: false })
    }),

    forget: createForgetting({ idempotency, deliveries: stores.deliveries, now }),

    tasks: createTasks({ creation, planner, places, store, recent, ledger, worker, assets, now })
  }
}

export type Engine = ReturnType<typeof createEngine>
