/** What was asked without an answer, by name: after so many times in a row it is left in peace for a while. Memory only. */
export function createBreaker({ now, after, pauseMs }: { now(): number; after: number; pauseMs: number }) {
  const silent = new Map<string, { times: number; until: number }>()

  return {
    /** Milliseconds for which `name` is not to be asked; 0: ask. */
    pause: (name: string) => Math.max(0, (silent.get(name)?.until ?? 0) - now()),

    /** It was asked. Gives how often in a row it did not answer. */
    asked(name: string, answered: boolean): number {
      if (answered) silent.delete(name)
      const times = answered ? 0 : (silent.get(name)?.times ?? 0) + 1
      if (!answered) silent.set(name, { times, until: times >= after ? now() + pauseMs : 0 })
      return times
    }
  }
}
