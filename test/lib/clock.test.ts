import { expect, test } from 'vitest'
import { createClock } from '../../src/lib/clock.ts'

const HOUR = 3_600_000

function clockAt(start: number) {
  let [wall, monotonic] = [start, 0]
  const clock = createClock({ now: () => wall, monotonic: () => monotonic, rememberMs: HOUR })
  return {
    clock,
    pass(milliseconds: number) {
      wall += milliseconds
      monotonic += milliseconds
    },
    jump: (milliseconds: number) => (wall += milliseconds)
  }
}

test('time that passes is no step, however long the clock is not read', () => {
  const { clock, pass } = clockAt(1000)
  pass(48 * HOUR)
  expect(clock.since(1000)).toBe(48 * HOUR)
  expect(clock.skipped()).toBe(0)
  expect(clock.wasPutBack()).toBe(false)
})

test('what a step skipped does not count as time that passed', () => {
  const { clock, pass, jump } = clockAt(0)
  pass(60_000)
  jump(48 * HOUR)
  pass(60_000)
  expect(clock.since(0)).toBe(120_000)
  jump(HOUR)
  expect(clock.since(0)).toBe(120_000)
  expect(clock.skipped()).toBe(49 * HOUR)
})

test('a step no longer counts when it can no longer end anything too early', () => {
  const { clock, pass, jump } = clockAt(0)
  jump(2 * HOUR)
  expect(clock.skipped()).toBe(2 * HOUR)
  pass(3 * HOUR - 1)
  expect(clock.skipped()).toBe(2 * HOUR)
  pass(1)
  expect(clock.skipped()).toBe(0)
})

test('small corrections are no step, and do not add up to one', () => {
  const { clock, pass, jump } = clockAt(0)
  for (let n = 0; n < 100; n++) {
    pass(1000)
    jump(500)
    expect(clock.skipped()).toBe(0)
    jump(-500)
    expect(clock.wasPutBack()).toBe(false)
  }
})

test('that it was set back is reported once', () => {
  const { clock, jump } = clockAt(48 * HOUR)
  jump(-24 * HOUR)
  expect(clock.skipped()).toBe(0)
  expect(clock.wasPutBack()).toBe(true)
  expect(clock.wasPutBack()).toBe(false)
})
