let last: Promise<unknown> = Promise.resolve()

/** Does heavy work that blocks the process in a turn of the event loop of its own, after what asked before: others are served between two. */
export function inTurn<T>(work: () => T): Promise<T> {
  const mine = last.then(nextTurn).then(work)
  last = mine.catch(() => {})
  return mine
}

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve))
