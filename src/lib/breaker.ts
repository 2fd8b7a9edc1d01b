/** What was asked without an answer, by name: after so many times in a row it is left in peace for a while. Memory only. */
export function createBreaker({ now, after, pauseMs }: { now(): number; after: number; pauseMs: number }) {
  const silent = new Map<string, { times: number; at: number }>()

  return {
    /** Milliseconds for which `name` is not to be asked; 0: ask. A clock that was put back ends the pause. */
    pause(name: string): number {
      const { times, at } = silent.get(name) ?? { times: 0, at: 0 }
      const passed = now() - at
      return times >= after && passed >= 0 ? Math.max(0, pauseMs - passed) : 0
    },

    /** It was asked. Gives how often in a row it did not answer. */
    recordCall(name: string, answered: boolean): number {
      if (answered) silent.delete(name)
      const times = answered ? 0 : (silent.get(name)?.times ?? 0) + 1
      if (!answered) silent.set(name, { times, at: now() })
      return times
    }
  }
}
