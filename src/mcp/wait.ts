import { GatewayError, hasEnded, type Gateway, type Video } from './gateway.ts'

/** Clients give a call 60 seconds; 45 leave time for the submit and the answer. */
export const LONGEST_WAIT_MS = 45_000

// how often progress is looked at, when somebody wants to know it
const SLICE_SECONDS = 3
const EARLY_MS = 500

export interface Waiting {
  gateway: Pick<Gateway, 'get'>
  /** milliseconds at an even rate */
  monotonic(): number
  /** when to stop waiting */
  until: number
  /** absent: nobody wants to know */
  onProgress: ((video: Video) => Promise<void>) | undefined
  signal: AbortSignal
}

/** Returns the video when it has ended, or as it was last seen: at `until`, when the server stops, or when waiting is refused. */
export async function waitForEnd(video: Video, { gateway, monotonic, until, onProgress, signal }: Waiting) {
  let now = video
  await onProgress?.(now)
  while (!hasEnded(now)) {
    const startedAt = monotonic()
    const left = Math.floor((until - startedAt) / 1000)
    const seconds = onProgress ? Math.min(left, SLICE_SECONDS) : left
    if (seconds < 1 || signal.aborted) return now
    try {
      now = await gateway.get(now.id, seconds, signal)
    } catch (error) {
      // the video is there, whatever became of this question: its id must reach the client
      if (error instanceof GatewayError) return now
      throw error
    }
    await onProgress?.(now)
    // the server stops, or does not wait
    if (monotonic() - startedAt < seconds * 1000 - EARLY_MS) return now
  }
  return now
}
