/** How fast the queue empties, measured over the last minutes. */
export function createThroughput() {
  const WINDOW = 5 * 60_000
  let departures: number[] = []

  return {
    /** A waiting task got its slot at `now`. */
    recordStart(now: number) {
      departures.push(now)
      if (departures.length > 1000) departures = departures.slice(-500)
    },

    /** Seconds until `position` more tasks will have left; null when nothing left lately. */
    secondsFor(position: number, now: number): number | null {
      const recent = departures.filter(at => at > now - WINDOW)
      const [first] = recent
      if (first === undefined || recent.length < 2) return null
      const perSecond = recent.length / Math.max((now - first) / 1000, 1)
      return Math.ceil(position / perSecond)
    }
  }
}

export type Throughput = ReturnType<typeof createThroughput>
