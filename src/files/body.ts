import { Readable } from 'node:stream'
import type { Range } from '../lib/range.ts'

/* What is done with a body on its way: its beginning is looked at, a range is cut out of it. Memory stays bounded by one chunk. */

/** Reads the first `length` bytes (fewer when the body is shorter). The returned body still begins with them. Rejects when the body breaks. */
export async function peek(body: Readable, length: number): Promise<{ head: Buffer; body: Readable }> {
  const chunks: Buffer[] = []
  let size = 0
  // true because undici's and files' streams consist of Buffers
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= length) break
  }
  const read = Buffer.concat(chunks)
  // nothing can be put back into a stream that has ended
  if (size < length) return { head: read, body: Readable.from(size === 0 ? [] : [read]) }
  body.unshift(read)
  return { head: read.subarray(0, length), body }
}

/** Returns the bytes of `range`, both ends included, of a body that begins at byte 0. Closes the body when it has them. */
export function cutOut(body: Readable, { start, end }: Range): Readable {
  async function* part() {
    let at = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const from = at
      at += chunk.length
      if (at > start) yield chunk.subarray(Math.max(0, start - from), end + 1 - from)
      if (at > end) return
    }
  }
  const cut = Readable.from(part(), { objectMode: false })
  // a generator that was never asked does not close what it reads from
  return cut.once('close', () => body.destroy())
}
