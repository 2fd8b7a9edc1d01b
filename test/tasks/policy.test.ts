import { describe, expect, test } from 'vitest'
import { coolDown, expectedProgress, isAmbiguous, meaningOf, pollDelay, retryDelay } from '../../src/domain/policy.ts'
import { failureKinds, type FailureKind } from '../../src/vendors/vendor.ts'

const failure = (kind: FailureKind, more = {}) => ({ kind, message: '', ...more })

test('only errors in the request itself end it at once; a vendor’s own problems send it elsewhere', () => {
  const fails = failureKinds.filter(kind => meaningOf(failure(kind)).submit === 'fail')
  expect(fails).toEqual(['invalid_request', 'content_policy', 'expired', 'cancelled'])
})

test('a client never reads a vendor’s 401 or 429 as its own', () => {
  for (const kind of ['auth', 'permission', 'insufficient_balance', 'rate_limit', 'concurrency_limit'] as const) {
    expect(meaningOf(failure(kind)).code).toBe('upstream_error')
  }
})

describe('a refused submit', () => {
  const refused = (kind: FailureKind, more = {}) => ({ status: 'rejected' as const, failure: failure(kind), ...more })

  test.each([500, 502, 504, 408])('proves nothing by HTTP %i alone', status => {
    for (const kind of ['server', 'unknown', 'not_found'] as const)
      expect(isAmbiguous(refused(kind), status)).toBe(true)
  })

  test.each([500, 502, 504, 408])('is sure with HTTP %i when the vendor itself says so', status => {
    for (const kind of ['content_policy', 'permission', 'insufficient_balance'] as const) {
      const coded = { ...refused(kind), failure: failure(kind, { code: '2061' }) }
      expect(isAmbiguous(coded, status)).toBe(false)
      // a sentence without a code may be a proxy's
      expect(isAmbiguous(refused(kind), status)).toBe(true)
    }
    expect(isAmbiguous(refused('server', { sure: true }), status)).toBe(false)
  })

  test.each([200, 400, 401, 403, 404, 422, 429, 503])('is an answer with HTTP %i', status => {
    expect(isAmbiguous(refused('server'), status)).toBe(false)
    expect(isAmbiguous(refused('server', { outcomeUnknown: true }), status)).toBe(true)
  })
})

describe('cool-downs', () => {
  test('double in a row, and end at ten minutes', () => {
    const series = [0, 1, 2, 20].map(row => coolDown(failure('rate_limit'), row))
    expect(series).toEqual([5000, 10_000, 20_000, 600_000])
  })

  test('Retry-After wins', () => {
    expect(coolDown(failure('rate_limit', { retryAfterSeconds: 7 }), 5)).toBe(7000)
    for (const retryAfterSeconds of [0, -5])
      expect(coolDown(failure('rate_limit', { retryAfterSeconds }), 5)).toBe(1000)
  })
})

test.each([
  [-5000, 0],
  [0, 0],
  [30_000, 45],
  [600_000, 95]
])('without progress from the vendor %i ms of a minute are %i %%', (elapsed, progress) => {
  expect(expectedProgress(elapsed, 60_000)).toBe(progress)
})

describe('polls', () => {
  const mean = (elapsed: number, usual: number | null, minimum = 2000) => pollDelay(elapsed, usual, minimum, 0.5)

  test('get more frequent towards the typical duration, and rarer after it', () => {
    const delays = [0, 60_000, 100_000, 119_000, 200_000, 600_000].map(elapsed => mean(elapsed, 120_000))
    expect(delays).toEqual([30_000, 15_000, 5000, 2000, 13_333, 30_000])
  })

  test('begin quickly when nothing is known of the model', () => {
    expect([0, 6000, 60_000, 600_000].map(elapsed => mean(elapsed, null))).toEqual([2000, 2000, 10_000, 30_000])
  })

  test('never come faster than the vendor allows, whatever the random number', () => {
    for (const random of [0, 0.999]) expect(pollDelay(0, 1, 10_000, random)).toBeGreaterThanOrEqual(9000)
  })

  test('retries double to a minute', () => {
    expect([0, 1, 2, 30].map(tries => retryDelay(tries, 2000, 0.5))).toEqual([2000, 4000, 8000, 60_000])
  })
})
