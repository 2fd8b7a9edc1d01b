import type { ModelSpec } from '../vendors/vendor.ts'

/* What one copy may take: bytes, and time. A vendor that sends without end, or hardly anything, must not fill the disk or hold a place. */

const MB = 1_000_000
// 128 Mbit/s, twice what cameras record 4K with, and as much again as a minute of usual video for what is not counted in seconds
const MB_PER_SECOND = 16
const MB_BESIDE = 64

/**
 * Returns how many bytes of a file are taken, at most. An announced length is believed up to `maxMB`; without one the video's length decides,
 * in seconds, as far as it is known.
 */
export function mostBytes(maxMB: number, announced: number | null, seconds: number | null): number {
  if (announced !== null || seconds === null) return maxMB * MB
  return Math.min(maxMB, MB_BESIDE + Math.ceil(seconds) * MB_PER_SECOND) * MB
}

/** Returns the longest video that a model makes, in seconds; null when unknown. */
export function longestOf({ seconds }: Pick<ModelSpec, 'seconds'> = {}): number | null {
  if (seconds === undefined) return null
  return 'max' in seconds ? seconds.max : Math.max(...seconds)
}

const LONGEST_MS = 30 * 60_000
const WINDOW_MS = 30_000
const SLOWEST_BYTES_PER_SECOND = 8 * 1024

/**
 * Returns a function that counts the bytes of one copy as they arrive. It throws when they are more than `most`, take more than half an hour in
 * sum, or come slower than 8 KiB a second for half a minute. `now`: milliseconds, not affected by changes of the clock.
 */
export function createMeter({ most, now }: { most: number; now(): number }) {
  const start = now()
  let total = 0
  let window = { at: start, bytes: 0 }

  return (bytes: number): void => {
    total += bytes
    window.bytes += bytes
    if (total > most)
      throw new Error(`the file is larger than ${Math.round(most / MB)} MB (MAX_VIDEO_MB, or too much for its length)`)
    const time = now()
    if (time - start > LONGEST_MS) throw new Error(`the file was not complete after ${LONGEST_MS / 60_000} minutes`)
    const passed = time - window.at
    if (passed < WINDOW_MS) return
    const rate = Math.round(window.bytes / (passed / 1000))
    if (rate < SLOWEST_BYTES_PER_SECOND)
      throw new Error(`the file came at ${rate} bytes a second for ${Math.round(passed / 1000)} s`)
    window = { at: time, bytes: 0 }
  }
}
