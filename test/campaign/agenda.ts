/* Virtual time: what is to happen when. The simulation moves the clock; nothing here waits for a real one. */

interface Entry {
  at: number
  run(): void
}

let current: Agenda | undefined

export type Agenda = ReturnType<typeof createAgenda>

/** A clock that starts at `start`. The latest one made is the one that waits are counted by. */
export function createAgenda(start: number) {
  const entries: Entry[] = []
  let clock = start

  const agenda = {
    now: () => clock,

    /** Entries of the same moment run in the order in which they were made. */
    add(at: number, run: () => void): Entry {
      const entry = { at, run }
      const index = entries.findLastIndex(other => other.at <= at)
      entries.splice(index + 1, 0, entry)
      return entry
    },

    drop(entry: Entry) {
      const index = entries.indexOf(entry)
      if (index >= 0) entries.splice(index, 1)
    },

    /** Moves the clock on by `milliseconds`, and does what is due on the way; `after` each. */
    async pass(milliseconds: number, after: () => Promise<void>) {
      const end = clock + milliseconds
      for (let next = entries[0]; next && next.at <= end; next = entries[0]) {
        entries.shift()
        clock = Math.max(clock, next.at)
        next.run()
        await after()
      }
      clock = end
    }
  }
  current = agenda
  return agenda
}

/** Stands in for the global `setTimeout`. */
export function wakeAfter<Args extends unknown[]>(
  run: (...args: Args) => void,
  milliseconds: number,
  ...args: Args
): Entry {
  return current!.add(current!.now() + milliseconds, () => run(...args))
}

/** Stands in for the global `clearTimeout`. */
export function clearSleep(entry: Entry | undefined) {
  if (entry) current!.drop(entry)
}
