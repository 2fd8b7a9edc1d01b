import type { Logger } from 'pino'
import type { IncidentKind } from '../db/index.ts'
import type { AlertTarget } from '../lib/alert-targets.ts'
import type { ClaimedAlert, Condition, IncidentStore } from '../stores/incidents.ts'
import { messageOf } from './message.ts'
import type { Send } from './send.ts'

interface Dependencies {
  store: IncidentStore
  targets: readonly AlertTarget[]
  look(): Promise<Condition[]>
  send: Send
  publicUrl: string | undefined
  now(): number
  random(): number
  log: Logger
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const LOOK_EVERY = 15 * SECOND
const SEND_EVERY = 2 * SECOND
const PRUNE_EVERY = HOUR
const KEEP = 90 * DAY
const BATCH = 500
// what comes back within it is the same incident: a channel that its vendor accepts and refuses in turn is told of once
const QUIET = 5 * MINUTE
// longer than a message may take
const LEASE = MINUTE
// then every hour
const delays = [10 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE]
const SLOWEST = HOUR
const GIVE_UP_AFTER = DAY
const STOP_WITHIN = 2 * SECOND

/**
 * Looks for incidents and tells every target of them: once when one begins, once when it gets worse, once when it is over. Each target has its
 * own queue in the database, so one that fails or is slow delays no other.
 */
export function createNotifier({ store, targets, look, send, publicUrl, now, random, log }: Dependencies) {
  const ids = targets.map(({ id }) => id)
  const queues = new Map<string, Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopped = true
  let lookedAt = 0
  let prunedAt = now()
  const over = Promise.withResolvers<'stopped'>()

  // a clock that was set back must not stop it
  const isTime = (last: number, every: number) => Math.abs(now() - last) >= every

  async function round(): Promise<void> {
    try {
      if (isTime(lookedAt, LOOK_EVERY)) {
        lookedAt = now()
        const telling = { targets: ids, now: now(), delayOf }
        await store.see(await look(), telling)
        await store.close(telling, now() - QUIET)
      }
      if (isTime(prunedAt, PRUNE_EVERY)) {
        prunedAt = now()
        while ((await store.pruneOlder(now() - KEEP, BATCH)) === BATCH);
      }
    } catch (error) {
      log.warn({ err: error }, 'alerts: look failed')
    }
    for (const target of targets) {
      if (queues.has(target.id)) continue
      const work = empty(target)
        .catch((error: unknown) => log.warn({ target: target.id, err: error }, 'alerts: queue failed'))
        .finally(() => queues.delete(target.id))
      queues.set(target.id, work)
    }
  }

  /** Sends what is due to a target, one after the other. */
  async function empty(target: AlertTarget): Promise<void> {
    while (!isStopped) {
      const claimed = await store.claim(target.id, now(), now() + LEASE)
      if (!claimed) return
      await tell(target, claimed)
    }
  }

  async function tell(target: AlertTarget, { alert, incident }: ClaimedAlert): Promise<void> {
    const { id, phase, tries, createdAt } = alert
    const sending = send(target, { id, phase, incident, message: messageOf(incident, phase, publicUrl) })
    const error = await Promise.race([sending, over.promise])
    // whether it arrived is not known
    if (error === 'stopped') return store.release(alert, now())
    const wait = (delays[tries] ?? SLOWEST) * (0.75 + random() / 2)
    const nextAt = now() - createdAt >= GIVE_UP_AFTER ? null : now() + Math.round(wait)
    await store.sent(alert, { error, nextAt, now: now() })
    if (error === null) log.info({ target: target.id, incident: incident.id, kind: incident.kind, phase }, 'alert sent')
    else log.warn({ target: target.id, incident: incident.id, error, nextAt }, 'alert not sent')
  }

  function run() {
    running = round().finally(() => {
      running = undefined
      if (!isStopped) timer = setTimeout(run, SEND_EVERY)
    })
  }

  return {
    start() {
      if (targets.length === 0) return
      isStopped = false
      timer = setTimeout(run, 0)
    },

    /** Looks now, and resolves when all that is due was tried. */
    async runNow(): Promise<void> {
      await running
      clearTimeout(timer)
      if (isStopped) return
      lookedAt = 0
      run()
      await running
      await Promise.all(queues.values())
    },

    /** Begins nothing more, and waits two seconds for what is being sent; the rest is sent again later. */
    async stop(): Promise<void> {
      isStopped = true
      clearTimeout(timer)
      await running
      const timeout = setTimeout(() => over.resolve('stopped'), STOP_WITHIN)
      await Promise.all(queues.values())
      clearTimeout(timeout)
    }
  }
}

// links of vendors work only a moment later, now and then; a channel recovers by its next submit; several files are lost at once
const canWait = new Set<IncidentKind>(['archive', 'channel_cooling', 'files_lost'])

const delayOf = ({ kind }: Condition) => (canWait.has(kind) ? QUIET : 0)
