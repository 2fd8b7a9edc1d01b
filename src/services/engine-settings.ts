import type { Config } from '../config.ts'

const MEGABYTE = 1024 * 1024
const LARGEST_BODY = 64 * MEGABYTE
const DAY = 86_400_000

/** Returns what the engine needs to know of the configuration. `exchangeDays`: how long the exchange log is kept now. */
export function engineSettings(
  config: Config,
  refuseAddress: (url: string) => string | null,
  exchangeDays: () => number
) {
  const { PUBLIC_URL: url } = config
  // vendors can use plain HTTP and private addresses only on the same network
  const reachable = url?.startsWith('https:') || (url !== undefined && refuseAddress(url) === null)
  return {
    submitWaitMs: config.SUBMIT_WAIT_MS,
    reconcileAfterMs: config.RECONCILE_AFTER_MS,
    deadlineMs: config.TASK_DEADLINE_MS,
    queueWaitMs: config.QUEUE_WAIT_MS,
    unresolvedHoldMs: config.UNRESOLVED_HOLD_MS,
    reuseMs: config.REUSE_MS,
    maxQueued: config.MAX_QUEUED,
    imageBytes: bodyLimits(config),
    allowUnpriced: config.ALLOW_UNPRICED,
    defaultModel: config.DEFAULT_MODEL,
    callbackBase: reachable ? url! : null,
    exchangesMs: () => exchangeDays() * DAY
  }
}

/** Returns how many bytes of bodies there may be at once, in sum and of each key: half of them, but at least the largest body. */
export function bodyLimits({ BODIES_MB }: Config) {
  const total = BODIES_MB * MEGABYTE
  return { total, each: Math.max(LARGEST_BODY, total / 2) }
}
