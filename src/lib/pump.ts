import { Transform } from 'node:stream'

/**
 * Streams that share each turn of the event loop: together they pass on about `most` bytes in one, and the rest in the next. Otherwise many
 * fast ones at once keep everybody else waiting. Returns a function that makes such a stream.
 */
export function createPump(most: number): () => Transform {
  const waiting: (() => void)[] = []
  let left = most
  let isTurnPlanned = false

  function planTurn() {
    if (isTurnPlanned) return
    isTurnPlanned = true
    setImmediate(() => {
      isTurnPlanned = false
      left = most
      // what these bring with them waits behind the others
      for (let count = waiting.length; count > 0 && left > 0; count--) waiting.shift()!()
      if (waiting.length > 0) planTurn()
    })
  }

  return () =>
    new Transform({
      highWaterMark: BUFFER,
      transform(chunk: Buffer, _encoding, done) {
        const pass = () => {
          left -= chunk.length
          done(null, chunk)
        }
        planTurn()
        if (left > 0 && waiting.length === 0) pass()
        else waiting.push(pass)
      }
    })
}

const BUFFER = 64 * 1024
