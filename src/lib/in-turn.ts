let last: Promise<unknown> = Promise.resolve()
let rested = 0

// shorter work needs no rest
const LONG_MS = 20

/**
 * Does heavy work that blocks the process in a turn of the event loop of its own, after what asked before. After long work the others have as much
 * time again: what they wait for takes them several turns, and each would wait for one more piece.
 */
export function inTurn<T>(work: () => T): Promise<T> {
  const mine = last.then(rest).then(() => {
    const begin = performance.now()
    try {
      return work()
    } finally {
      const end = performance.now()
      rested = end - begin > LONG_MS ? end + (end - begin) : end
    }
  })
  last = mine.catch(() => {})
  return mine
}

function rest(): Promise<void> {
  const left = rested - performance.now()
  return new Promise(resolve => (left > 0 ? setTimeout(resolve, left) : setImmediate(resolve)))
}
