/** Measures how fast tasks leave the queue, over the last five minutes. */
export function createThroughput() {
  const WINDOW = 5 * 60_000
  let starts: number[] = []

  return {
    /** Records that a queued task got its slot at `now` (milliseconds). */
    recordStart(now: number) {
      starts.push(now)
      if (starts.length > 1000) starts = starts.slice(-500)
    },

    /** Estimates the seconds until the task at `position` gets a slot; null when hardly any task has started lately. */
    secondsFor(position: number, now: number): number | null {
      const recent = starts.filter(at => at > now - WINDOW)
      const [first] = recent
      if (first === undefined || recent.length < 2) return null
      const perSecond = recent.length / Math.max((now - first) / 1000, 1)
      return Math.ceil(position / perSecond)
    }
  }
}

export type Throughput = ReturnType<typeof createThroughput>
