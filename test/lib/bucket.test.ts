import { describe, expect, test } from 'vitest'
import { full, take, type Bucket } from '../../src/lib/bucket.ts'

/** Takes `count` times at one moment; gives the bucket and what each was told. */
function takeOften(count: number, perMinute: number, now: number) {
  let bucket: Bucket = full
  const answers = Array.from({ length: count }, () => {
    const answer = take(bucket, perMinute, now)
    bucket = answer.bucket
    return answer
  })
  return { bucket, answers }
}

describe('take', () => {
  const now = 1_700_000_000_000

  test('a full bucket allows all at once, then one each time a share of the minute has passed', () => {
    const { bucket, answers } = takeOften(4, 3, now)
    expect(answers.map(({ allowed, remaining, retryIn }) => [allowed, remaining, retryIn])).toEqual([
      [true, 2, 0],
      [true, 1, 0],
      [true, 0, 0],
      [false, 0, 20_000]
    ])
    expect(take(bucket, 3, now + 19_000)).toMatchObject({ allowed: false, retryIn: expect.closeTo(1000) })
    expect(take(bucket, 3, now + 20_000)).toMatchObject({ allowed: true, remaining: 0, resetIn: 60_000 })
    expect(take(bucket, 3, now + 60_000)).toMatchObject({ allowed: true, remaining: 2, resetIn: 20_000 })
    expect(take(bucket, 3, now + 600_000)).toMatchObject({ allowed: true, remaining: 2 })
  })

  test('a refused request uses nothing up: a client that hammers is let in as soon as any other', () => {
    let { bucket } = take(full, 1, now)
    for (let later = 1; later < 60_000; later += 100) bucket = take(bucket, 1, now + later).bucket
    expect(take(bucket, 1, now + 60_000).allowed).toBe(true)
  })

  test('a clock that is set back adds nothing and takes nothing', () => {
    const { bucket } = takeOften(1, 1, now)
    expect(take(bucket, 1, now - 3_600_000)).toMatchObject({ allowed: false, retryIn: 60_000 })
  })

  test.each([1, 3, 7, 59, 60, 997, 100_000])('a bucket of %d allows exactly as many at once', limit => {
    expect(takeOften(limit + 5, limit, now).answers.filter(({ allowed }) => allowed)).toHaveLength(limit)
  })
})
