import type { Logger } from 'pino'
import type { Task } from '../db/index.ts'
import { createByteBudget } from '../lib/byte-budget.ts'
import type { Clock } from '../lib/clock.ts'
import type { Signal } from '../lib/signal.ts'
import { createSemaphore } from '../lib/semaphore.ts'
import type { Vault } from '../lib/vault.ts'
import type { Stores } from '../stores/index.ts'
import type { TaskChange } from '../stores/tasks.ts'
import { createTaskCache } from './cache.ts'
import { createCallbacks } from './callbacks.ts'
import { createChannelHealth } from './channel-health.ts'
import { createCreation } from './create.ts'
import { createCharacters } from './characters.ts'
import { createCleanup } from './cleanup.ts'
import type { WatchedExchange } from './watched-exchange.ts'
import { createDurations } from './durations.ts'
import { createFollowUp } from './follow-up.ts'
import { createIdempotency } from './idempotency.ts'
import { createLongLeases } from './long-leases.ts'
import { createCharacterFinder } from './own-characters.ts'
import { createPoller, type StoreInline } from './poll.ts'
import { createPlanner } from './plan.ts'
import { createPricing } from './pricing.ts'
import { createQueuePosition } from './queue-position.ts'
import type { Routing } from './routing.ts'
import { createSources } from './source.ts'
import { createSubmit, type Films } from './submit.ts'
import { createTasks } from './tasks.ts'
import { createThroughput } from './throughput.ts'
import { createUnresolved } from './unresolved.ts'
import { createVendorCalls } from './vendor-calls.ts'
import { createWorker } from './worker.ts'

/** Times in milliseconds. */
interface Settings {
  submitWaitMs: number
  reconcileAfterMs: number
  deadlineMs: number
  queueWaitMs: number
  unresolvedHoldMs: number
  reuseMs: number
  maxQueued: number
  /** bytes of images that may be in memory for submits */
  imageBytes: { total: number; each: number }
  allowUnpriced: boolean
  defaultModel: string | undefined
  /** base of the callback URLs; null: vendors cannot reach this server */
  callbackBase: string | null
  /** how long the exchange log is kept; may change */
  exchangesMs(): number
}

interface Dependencies {
  stores: Stores
  /** other nodes write to the same database */
  isShared: boolean
  routing: Routing
  exchange: WatchedExchange
  vault: Vault
  storeInline: StoreInline
  /** returns a link to the file of a task at an address of this server */
  makeLink(taskId: string, address: string): string
  /** what an uploaded video, a data URL, says of its size: `1280x720` */
  sizeOfUpload(dataUrl: string): Promise<string | undefined>
  films: Films
  taskChanges: Signal<TaskChange>
  settings: Settings
  /** makes a free call that proves a channel's credential; null: its vendor has none */
  probe(channelId: string): Promise<boolean | null>
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
  /** unique per process: the owner of its leases */
  owner: string
  now(): number
  clock: Clock
  random(): number
  log: Logger
}

/** Assembles everything that moves tasks from creation to end. */
export function createEngine({
  stores,
  isShared,
  routing,
  exchange,
  vault,
  storeInline,
  makeLink,
  sizeOfUpload,
  films,
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
  const { tasks: store, followUps, ledger, assets, idempotency } = stores
  const { reconcileAfterMs, deadlineMs } = settings
  const time = { now, clock, random, reconcileAfterMs, deadlineMs }

  // only the CLI may write to the same SQLite file; a shared database is changed by other nodes all the time
  const cache = createTaskCache({ load: store.look, now, freshMs: isShared ? 0 : 1000 })
  taskChanges.subscribe(({ id }) => cache.invalidate(id))

  const durations = createDurations({ load: store.recentDurations })
  const throughput = createThroughput()
  const health = createChannelHealth({ channels: stores.channels, routing, log, now, probe })
  const callbacks = createCallbacks({
    tasks: store,
    followUps,
    routing,
    vault,
    log,
    now,
    publicUrl: settings.callbackBase
  })
  const vendorSide = { tasks: store, health, routing, exchange, durations, log, ...time }
  const memory = createByteBudget(settings.imageBytes)
  const leases = createLongLeases({ tasks: store, reconcileAfterMs, now, log })
  const submit = createSubmit({ ...vendorSide, films, leases, memory, owner, callbackUrl: callbacks.url })
  const calls = createVendorCalls({ exchange, health, log })
  const poller = createPoller({ ...vendorSide, calls, storeInline, films })
  const onChange = (task: Task, isSettled = true) =>
    taskChanges.emit({
      id: task.id,
      event: false,
      remote: false,
      ...(isSettled && { moment: { what: 'settled', task } })
    })
  const worker = createWorker({ tasks: store, routing, submit, leases, poller, throughput, log, owner, ...time })
  const { callbackBase: base } = settings
  const fileLink = (id: string) => (base === null ? null : makeLink(id, base))
  const sources = createSources({ store, fileLink, sizeOfUpload, now })
  const finder = createCharacterFinder(stores.characters)
  const planner = createPlanner({
    routing,
    sources,
    characters: finder,
    defaultModel: settings.defaultModel,
    refuseAddress
  })
  const queuePosition = createQueuePosition({
    store,
    routing,
    durations,
    throughput,
    now,
    maxQueued: settings.maxQueued
  })
  const pricing = createPricing({ routing, ledger, now, allowUnpriced: settings.allowUnpriced })

  const creation = createCreation({
    store,
    planner,
    pricing,
    durations,
    worker,
    idempotency: createIdempotency({ store: idempotency, tasks: store, now, reuseMs: settings.reuseMs }),
    queuePosition,
    now,
    owner,
    submitWaitMs: settings.submitWaitMs,
    reconcileAfterMs,
    queueWaitMs: settings.queueWaitMs,
    // fewer than the pool's connections; SQLite commits concurrent creates together
    withPermit: createSemaphore(isShared ? 8 : Infinity)
  })

  return {
    health,
    durations,
    callbacks,
    worker,
    followUp: createFollowUp({ ...vendorSide, store: followUps, calls, onChange }),
    pricing,

    characters: createCharacters({
      store: stores.characters,
      finder,
      planner,
      routing,
      exchange,
      memory,
      memoryWaitMs: reconcileAfterMs / 3,
      now
    }),

    unresolved: createUnresolved({
      store: stores.unresolved,
      tasks: store,
      followUps,
      routing,
      exchange,
      now,
      unresolvedHoldMs: settings.unresolvedHoldMs,
      deadlineMs,
      log,
      onChange
    }),

    cleanup: createCleanup({
      tasks: store,
      idempotency,
      deliveries: stores.deliveries,
      sessions: stores.sessions,
      exchanges: stores.exchanges,
      exchangesMs: settings.exchangesMs,
      now
    }),

    tasks: createTasks({ creation, planner, queuePosition, store, cache, ledger, worker, assets, now })
  }
}

export type Engine = ReturnType<typeof createEngine>
