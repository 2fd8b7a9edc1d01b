/** A circuit breaker per name: after `after` unanswered calls in a row, calls pause for `pauseMs`. In memory only. */
export function createBreaker({ now, after, pauseMs }: { now(): number; after: number; pauseMs: number }) {
  const unanswered = new Map<string, { times: number; at: number }>()

  return {
    /** Milliseconds until `name` may be called again; 0: now. A clock that was set back ends the pause. */
    pause(name: string): number {
      const { times, at } = unanswered.get(name) ?? { times: 0, at: 0 }
      const passed = now() - at
      return times >= after && passed >= 0 ? Math.max(0, pauseMs - passed) : 0
    },

    /** Records a call. Returns how many in a row were not answered. */
    recordCall(name: string, answered: boolean): number {
      if (answered) unanswered.delete(name)
      const times = answered ? 0 : (unanswered.get(name)?.times ?? 0) + 1
      if (!answered) unanswered.set(name, { times, at: now() })
      return times
    }
  }
}
