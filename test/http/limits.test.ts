import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLimits, take, type Bucket } from '../../src/http/plugins/rate-limit.ts'
import { networkOf } from '../../src/lib/address.ts'
import { newSecret } from '../../src/lib/secrets.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const untouched: Bucket = { taken: 0, at: 0 }

/** Takes `count` times at one moment; gives the bucket and what each was told. */
function takeOften(count: number, perMinute: number, now: number) {
  let bucket = untouched
  const answers = Array.from({ length: count }, () => {
    const answer = take(bucket, perMinute, now)
    bucket = answer.bucket
    return answer
  })
  return { bucket, answers }
}

describe('take', () => {
  const now = 1_700_000_000_000

  test('a full bucket gives all at once, then one each time a share has passed', () => {
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

  test('a refused request costs nothing: who hammers is let in when his time has come', () => {
    let { bucket } = take(untouched, 1, now)
    for (let later = 1; later < 60_000; later += 100) bucket = take(bucket, 1, now + later).bucket
    expect(take(bucket, 1, now + 60_000).allowed).toBe(true)
  })

  test('a clock put back gives nothing and takes nothing', () => {
    const { bucket } = takeOften(1, 1, now)
    expect(take(bucket, 1, now - 3_600_000)).toMatchObject({ allowed: false, retryIn: 60_000 })
  })

  test.each([1, 3, 7, 59, 60, 997, 100_000])('a bucket of %d gives exactly as many at once', limit => {
    expect(takeOften(limit + 5, limit, now).answers.filter(({ allowed }) => allowed)).toHaveLength(limit)
  })
})

describe('limits', () => {
  const reply = { headers: () => reply } as never // what is counted writes headers, which nobody reads here

  test('other keys, however many, never give a spent key its requests back', () => {
    const limits = createLimits({ now: () => 1e12, failedAuthPerMinute: 1 })
    const count = (id: string) => limits.count({ id, requestsPerMinute: 1 }, reply)
    void count('spent')
    for (let n = 0; n < 30_000; n++) void count(`key_${n}`)
    expect(() => count('spent')).toThrow('1 requests a minute')
  })

  test('addresses by the ten thousand do not reset one that is spent, and a /64 is one', () => {
    const limits = createLimits({ now: () => 1e12, failedAuthPerMinute: 2 })
    limits.countFailure('2001:db8:1:2::1')
    limits.countFailure('2001:db8:1:2:ffff::2')
    for (let n = 0; n < 20_000; n++) {
      try {
        limits.countFailure(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
      } catch {
        // two addresses in one cell
      }
    }
    expect(() => limits.countFailure('2001:db8:1:2:3:4:5:6')).toThrow('wrong API key')
  })

  test.each([
    ['2001:db8::1', '2001:db8::ffff:2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false]
  ])('%s and %s are one network: %s', (a, b, same) => {
    expect(networkOf(a) === networkOf(b)).toBe(same)
  })
})

describe('requests per minute', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ env: { FAILED_AUTH_PER_MINUTE: '3' } })
  })
  afterAll(() => server.close())

  const left = ({ headers }: { headers: Headers }) =>
    ['limit', 'remaining', 'reset'].map(name => headers.get(`x-ratelimit-${name}-requests`))

  test('GET /v1/models 429 after as many as the key may make, with the time to wait', async () => {
    const key = await server.memberKey({ requests_per_minute: 2 })
    const other = await server.memberKey({ requests_per_minute: 2 })
    expect(left(await server.call('GET', '/v1/models', undefined, { key }))).toEqual(['2', '1', '30s'])
    expect(left(await server.call('GET', '/openai/v1/videos', undefined, { key })).slice(0, 2)).toEqual(['2', '0'])
    const refused = await server.call('GET', '/v1/videos/video_x', undefined, { key })
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limit_exceeded', type: 'rate_limit_error' } })
    expect(left(refused)).toEqual(['2', '0', expect.stringMatching(/^(1m0s|[56]\ds)$/)])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(25)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30)
    expect(refused.headers.get('x-should-retry')).toBeNull()
    expect((await server.call('GET', '/v1/models', undefined, { key: other })).status).toBe(200)
    await server.advance(30_000)
    expect((await server.call('GET', '/v1/models', undefined, { key })).status).toBe(200)
  })

  test('a key without a limit has no such headers', async () => {
    expect(left(await server.call('GET', '/v1/models'))).toEqual([null, null, null])
  })

  test('a changed limit counts at once', async () => {
    const { body } = await server.call('POST', '/admin/keys', { name: 'k', requests_per_minute: 1 })
    const get = () => server.call('GET', '/v1/models', undefined, { key: body.key })
    expect([(await get()).status, (await get()).status]).toEqual([200, 429])
    await server.call('PATCH', `/admin/keys/${body.id}`, { requests_per_minute: null })
    expect((await get()).status).toBe(200)
  })

  test('wrong keys are 401, then 429; right ones from the same address, and requests without a key, are not held up', async () => {
    const right = await server.memberKey()
    const wrong = async () => (await server.call('GET', '/v1/models', undefined, { key: newSecret() })).status
    expect([await wrong(), await wrong(), await wrong(), await wrong()]).toEqual([401, 401, 401, 429])
    expect((await server.call('GET', '/v1/models', undefined, { key: right })).status).toBe(200)
    expect((await server.call('GET', '/v1/models', undefined, { key: null })).status).toBe(401)
    await server.advance(60_000)
    expect(await wrong()).toBe(401)
  })
})
