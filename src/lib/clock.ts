// what NTP corrects little by little, and what a busy machine is late by, is no jump
const LEAST_JUMP_MS = 10_000

interface Options {
  /** the wall clock, in milliseconds since 1970; it may be set */
  now(): number
  /** milliseconds since any moment, at an even rate */
  monotonic(): number
  /** how long anything lives that a skipped hour could end too early */
  rememberMs: number
}

/**
 * Tells a wall clock that was set, or a machine that slept, from time that went by. Limits are kept as moments of the wall clock; what is
 * over by a jump alone is not over. Known to this process alone, until it ends.
 */
export function createClock({ now, monotonic, rememberMs }: Options) {
  let ahead = now() - monotonic()
  let skips: { at: number; by: number }[] = []
  let putBack = false

  function look(): number {
    const time = now()
    const moved = time - monotonic() - ahead
    ahead += moved
    if (moved >= LEAST_JUMP_MS) skips.push({ at: time, by: moved })
    if (moved <= -LEAST_JUMP_MS) putBack = true
    skips = skips.filter(({ at, by }) => time - at < by + rememberMs)
    return time
  }

  /** What the clock has jumped forward by while something may have been waiting, in milliseconds. */
  function skipped(): number {
    look()
    return skips.reduce((sum, { by }) => sum + by, 0)
  }

  return {
    skipped,

    /** How long ago that was without what was skipped, in milliseconds; below 0: it is still to come. */
    since: (time: number): number => now() - skipped() - time,

    /** Whether it was put back since this was last asked. */
    wasPutBack(): boolean {
      look()
      const was = putBack
      putBack = false
      return was
    }
  }
}

export type Clock = ReturnType<typeof createClock>
