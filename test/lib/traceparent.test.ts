import { expect, test } from 'vitest'
import { readTraceparent, spanIdOf, writeTraceparent } from '../../src/lib/traceparent.ts'

/* The examples of www.w3.org/TR/trace-context. */

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

test.each([
  [`00-${traceId}-${spanId}-01`, { traceId, spanId, sampled: true }],
  [`00-${traceId}-${spanId}-00`, { traceId, spanId, sampled: false }],
  [`00-${traceId}-${spanId}-03`, { traceId, spanId, sampled: true }],
  [`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`, { traceId, spanId, sampled: true }],
  [`00-${traceId}-${spanId}-01-more`, null],
  [`ff-${traceId}-${spanId}-01`, null],
  [`00-${'0'.repeat(32)}-${spanId}-01`, null],
  [`00-${traceId}-${'0'.repeat(16)}-01`, null],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, null],
  ['nonsense', null],
  ['', null],
  [undefined, null],
  [null, null]
])('%s', (text, context) => {
  expect(readTraceparent(text)).toEqual(context)
})

test('is written as it is read', () => {
  const text = `00-${traceId}-${spanId}-01`
  expect(writeTraceparent(readTraceparent(text)!)).toBe(text)
})

test('the span of a task has one id in every process', () => {
  expect(spanIdOf('video_1')).toMatch(/^[0-9a-f]{16}$/)
  expect(spanIdOf('video_1')).toBe(spanIdOf('video_1'))
  expect(spanIdOf('video_1')).not.toBe(spanIdOf('video_2'))
})
