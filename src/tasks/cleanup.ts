import type { DeliveryStore } from '../stores/deliveries.ts'
import type { ExchangeStore } from '../stores/exchanges.ts'
import type { IdempotencyStore } from '../stores/idempotency.ts'
import type { SessionStore } from '../stores/sessions.ts'
import type { TaskStore } from '../stores/tasks.ts'
import { lowestId } from '../lib/ids.ts'

interface Dependencies {
  tasks: Pick<TaskStore, 'sweepImages'>
  idempotency: IdempotencyStore
  deliveries: DeliveryStore
  sessions: SessionStore
  exchanges: ExchangeStore
  /** how long the exchange log is kept, in milliseconds */
  exchangesMs(): number
  now(): number
}

const HOUR = 3_600_000
// documented: an Idempotency-Key is valid for 72 hours
const IDEMPOTENCY = 72 * HOUR
const DELIVERIES = 30 * 24 * HOUR
const BATCH = 1000

/**
 * Returns a function that deletes old rows: Idempotency-Keys after 72 hours, finished deliveries and their attempts after 30 days, console
 * sessions that have ended, the exchange log after the time that is set for it, images that a crash left without their request.
 */
export function createCleanup({ tasks, idempotency, deliveries, sessions, exchanges, exchangesMs, now }: Dependencies) {
  return async (): Promise<void> => {
    await idempotency.pruneOlder(now() - IDEMPOTENCY)
    await sessions.prune(now())
    await tasks.sweepImages(lowestId('video', now() - HOUR))
    while ((await exchanges.pruneOlder(now() - exchangesMs(), BATCH)) === BATCH);
    while ((await deliveries.pruneOlder(now() - DELIVERIES, BATCH)) === BATCH);
  }
}
