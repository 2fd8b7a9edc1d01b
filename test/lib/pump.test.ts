import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createPump } from '../../src/lib/pump.ts'

const PIECE = 64 * 1024
const MOST = 4 * PIECE
const STREAMS = 30
const PIECES = 20

test('streams that could all go on at once pass on so many bytes in a turn of the event loop, each in turn, and every byte', async () => {
  const pump = createPump(MOST)
  const turns: number[] = []
  const firsts: number[] = []
  let passed = 0
  let isOver = false
  const count = () => {
    turns.push(passed)
    passed = 0
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)

  const read = Array.from({ length: STREAMS }, (_, n) => {
    const pieces = Array.from({ length: PIECES }, (__, piece) => Buffer.alloc(PIECE, n + piece))
    const stream = pipeline(Readable.from(pieces, { objectMode: false }), pump(), () => {})
    stream.once('data', () => firsts.push(n)).on('data', (chunk: Buffer) => (passed += chunk.length))
    return { pieces, bytes: buffer(stream) }
  })
  for (const { pieces, bytes } of read) expect((await bytes).equals(Buffer.concat(pieces))).toBe(true)
  isOver = true
  turns.push(passed)

  expect(Math.max(...turns)).toBeLessThanOrEqual(MOST + PIECE)
  expect(firsts).toEqual(Array.from({ length: STREAMS }, (_, n) => n))
})

test('a stream that is destroyed while it waits for its turn keeps no other waiting', async () => {
  const pump = createPump(PIECE)
  const [first, gone, last] = [pump(), pump(), pump()]
  for (const stream of [first, gone, last]) stream.end(Buffer.alloc(PIECE))
  gone.destroy()
  expect(await Promise.all([buffer(first), buffer(last)])).toHaveLength(2)
})
