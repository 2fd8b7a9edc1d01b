import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { encodeBody } from '../../src/upstream/body.ts'

const image = 'AAAA'.repeat(6 * 1024 * 1024)

test('an image of 24 MB is looked through in many turns of the event loop, and sent as JSON.stringify writes it', async () => {
  let turns = 0
  let isOver = false
  const count = () => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const value = { prompt: 'a', image, 'last "frame"': `${image}\n` }
  const { body, contentLength } = await encodeBody({ json: value })
  isOver = true
  expect(turns).toBeGreaterThanOrEqual(24)
  if (!(body instanceof Readable)) throw new Error('it is written into one text')
  const bytes = await buffer(body)
  expect(bytes.length).toBe(contentLength)
  expect(bytes.equals(Buffer.from(JSON.stringify(value)))).toBe(true)
})
