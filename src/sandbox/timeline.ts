import type { Operation } from './operations.ts'

export const DEFAULT_DURATION_MS = 3000

/**
 * Returns the status of an operation at `now` and since when it applies, in milliseconds: `submitted` for a third of its duration and
 * at most a second, then `processing`, then the end; with `statuses` one per poll, then the last one for all further polls.
 */
export function statusAt(operation: Operation, now: number): { word: string; since: number } {
  const { acceptedAt, polls, faults } = operation
  if (faults.statuses) {
    const asked = Math.max(0, polls - 1 - (faults.poll_http_error ? (faults.poll_errors ?? 1) : 0))
    return { word: faults.statuses[Math.min(asked, faults.statuses.length - 1)]!, since: now }
  }
  const duration = faults.duration_ms ?? DEFAULT_DURATION_MS
  const started = acceptedAt + Math.min(1000, duration / 3)
  const ended = acceptedAt + duration
  if (now >= ended) return { word: faults.fail ? 'failed' : 'succeed', since: ended }
  return now >= started ? { word: 'processing', since: Math.round(started) } : { word: 'submitted', since: acceptedAt }
}
