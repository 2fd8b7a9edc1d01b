// smaller differences are NTP corrections or delays of a busy machine
const SMALLEST_STEP_MS = 10_000

interface Options {
  /** the wall clock, in milliseconds since 1970; it may be set */
  now(): number
  /** milliseconds since an arbitrary point, at an even rate */
  monotonic(): number
  /** how long a forward step counts, in milliseconds: the longest limit that it could end too early */
  rememberMs: number
}

/**
 * Detects clock steps: a wall clock that was set, or a machine that slept. Deadlines are stored as wall clock times; one that passed only
 * because of a step has not passed. Only this process knows, until it exits.
 */
export function createClock({ now, monotonic, rememberMs }: Options) {
  let ahead = now() - monotonic()
  let skips: { at: number; by: number }[] = []
  let setBack = false

  function look(): number {
    const time = now()
    const moved = time - monotonic() - ahead
    ahead += moved
    if (moved >= SMALLEST_STEP_MS) skips.push({ at: time, by: moved })
    if (moved <= -SMALLEST_STEP_MS) setBack = true
    skips = skips.filter(({ at, by }) => time - at < by + rememberMs)
    return time
  }

  /** Milliseconds of recent forward steps (within `rememberMs`). */
  function skipped(): number {
    look()
    return skips.reduce((sum, { by }) => sum + by, 0)
  }

  return {
    skipped,

    /** Milliseconds since `time`, without the skipped ones; negative: it is in the future. */
    since: (time: number): number => now() - skipped() - time,

    /** Whether the clock was set back since the last call. */
    wasPutBack(): boolean {
      look()
      const was = setBack
      setBack = false
      return was
    }
  }
}

export type Clock = ReturnType<typeof createClock>
