import { expect, test } from 'vitest'
import { createBreaker } from '../../src/lib/breaker.ts'

let at = 10_000
const open = () => createBreaker({ now: () => at, after: 2, pauseMs: 1000 })

test('pauses after so many unanswered calls in a row, each name separately, and not for longer than it should', () => {
  const breaker = open()
  expect([breaker.recordCall('a', false), breaker.pause('a')]).toEqual([1, 0])
  expect([breaker.recordCall('a', false), breaker.pause('a'), breaker.pause('b')]).toEqual([2, 1000, 0])
  at += 999
  expect(breaker.pause('a')).toBe(1)
  at += 1
  expect(breaker.pause('a')).toBe(0)
  // one more silence is enough, until there is an answer
  expect([breaker.recordCall('a', false), breaker.pause('a')]).toEqual([3, 1000])
  expect([breaker.recordCall('a', true), breaker.pause('a')]).toEqual([0, 0])
  expect([breaker.recordCall('a', false), breaker.pause('a')]).toEqual([1, 0])
})

test('a clock that is set back ends the pause', () => {
  const breaker = open()
  breaker.recordCall('a', false)
  breaker.recordCall('a', false)
  at -= 3_600_000
  expect(breaker.pause('a')).toBe(0)
})
