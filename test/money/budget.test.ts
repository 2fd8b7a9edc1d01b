import { describe, expect, test } from 'vitest'
import type { Window } from '../../src/db/index.ts'
import { thresholdOf, windowOf } from '../../src/domain/budget.ts'

const span = (window: Window, timezone: string, now: string) => {
  const { start, end } = windowOf({ window, timezone }, Date.parse(now))
  return [start, end].map(time => time && new Date(time).toISOString().replace('.000Z', 'Z'))
}

describe('windowOf', () => {
  test.each<[Window, string, string, string, string]>([
    ['daily', 'UTC', '2026-03-01T12:00:00Z', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['daily', 'UTC', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['daily', 'UTC', '2026-02-28T23:59:59.999Z', '2026-02-28T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['daily', 'Asia/Shanghai', '2026-03-01T17:00:00Z', '2026-03-01T16:00:00Z', '2026-03-02T16:00:00Z'],
    ['daily', 'Asia/Kathmandu', '2026-03-01T18:14:59Z', '2026-02-28T18:15:00Z', '2026-03-01T18:15:00Z'],
    ['daily', 'Pacific/Kiritimati', '2026-03-01T10:00:00Z', '2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z'],
    ['daily', 'America/Los_Angeles', '2026-01-01T00:00:00Z', '2025-12-31T08:00:00Z', '2026-01-01T08:00:00Z'],
    // clocks forward: a day of 23 hours; back: one of 25
    ['daily', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['daily', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['daily', 'America/New_York', '2026-03-08T06:59:59Z', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    // the clock is put forward at midnight: the day begins at one o'clock
    ['daily', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
    // put back from one to midnight: the first of the two midnights
    ['daily', 'America/Havana', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    // put back from midnight to eleven: the day before is the long one
    ['daily', 'Africa/Cairo', '2026-10-29T21:30:00Z', '2026-10-28T21:00:00Z', '2026-10-29T22:00:00Z'],
    ['daily', 'Asia/Beirut', '2026-03-29T12:00:00Z', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z'],
    ['daily', 'America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ['daily', 'America/Sao_Paulo', '2018-02-18T02:30:00Z', '2018-02-17T02:00:00Z', '2018-02-18T03:00:00Z'],
    ['daily', 'Asia/Amman', '2021-10-29T12:00:00Z', '2021-10-28T21:00:00Z', '2021-10-29T22:00:00Z'],
    // half an hour back
    ['daily', 'Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z'],
    // over the date line: there was no 30 December
    ['daily', 'Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['daily', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
    ['weekly', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-26T10:00:00Z', '2012-01-01T10:00:00Z'],
    // no region, and an old abbreviation: the keys' check lets both through
    ['daily', '+05:30', '2026-03-01T18:30:00Z', '2026-03-01T18:30:00Z', '2026-03-02T18:30:00Z'],
    ['daily', 'IST', '2026-03-01T18:30:00Z', '2026-03-01T18:30:00Z', '2026-03-02T18:30:00Z'],
    // Monday 23 November
    ['weekly', 'UTC', '2026-11-24T11:00:00Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['weekly', 'UTC', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['weekly', 'UTC', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['weekly', 'Asia/Tokyo', '2026-11-22T15:00:00Z', '2026-11-22T15:00:00Z', '2026-11-29T15:00:00Z'],
    ['weekly', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-22T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['monthly', 'UTC', '2026-02-28T12:00:00Z', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['monthly', 'UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    ['monthly', 'UTC', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['monthly', 'Australia/Lord_Howe', '2026-04-15T00:00:00Z', '2026-03-31T13:00:00Z', '2026-04-30T13:30:00Z'],
    ['monthly', 'Asia/Shanghai', '2026-12-31T16:00:00Z', '2026-12-31T16:00:00Z', '2027-01-31T16:00:00Z']
  ])('%s in %s at %s', (window, timezone, now, start, end) => {
    expect(span(window, timezone, now)).toEqual([start, end])
  })

  test('the total never ends', () => {
    expect(windowOf({ window: 'total', timezone: 'UTC' }, 1e12)).toEqual({ start: 0, end: null })
  })

  test('a moment may have a fraction', () => {
    const day = { start: Date.UTC(2025, 11, 31, 15), end: Date.UTC(2026, 0, 1, 15) }
    expect(windowOf({ window: 'daily', timezone: 'Asia/Seoul' }, day.end - 0.5)).toEqual(day)
  })

  test.each([
    'UTC',
    'Europe/Berlin',
    'Africa/Cairo',
    'America/Havana',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kolkata'
  ])('in %s every moment of two years lies in its window, and windows follow one another', timezone => {
    for (const window of ['daily', 'weekly', 'monthly'] as const) {
      let current = windowOf({ window, timezone }, Date.UTC(2026, 0, 1))
      for (let now = Date.UTC(2026, 0, 1); now < Date.UTC(2028, 0, 1); now += 7 * 3_600_000) {
        const found = windowOf({ window, timezone }, now)
        expect(found.start).toBeLessThanOrEqual(now)
        expect(found.end).toBeGreaterThan(now)
        if (found.start !== current.start) expect(found.start).toBe(current.end)
        current = found
      }
    }
  })
})

test.each([
  [0, 10, 0],
  [7, 10, 0],
  [8, 10, 80],
  [9.999999, 10, 80],
  [10, 10, 100],
  [11, 10, 100],
  [0, 0, 0],
  [1, 0, 100]
])('%d of %d reaches the threshold %d', (used, amount, expected) => {
  expect(thresholdOf(used * 1e6, amount * 1e6)).toBe(expected)
})
