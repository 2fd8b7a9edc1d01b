import { describe, expect, test } from 'vitest'
import { newSecret } from '../../src/lib/secrets.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

describe('requests per minute', () => {
  const server = forAllTests(() => startTestServer({ env: { FAILED_AUTH_PER_MINUTE: '3' } }))

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
    const member = await server.newKey({ requests_per_minute: 1 })
    const get = () => server.call('GET', '/v1/models', undefined, member)
    expect([(await get()).status, (await get()).status]).toEqual([200, 429])
    await server.call('PATCH', `/admin/keys/${member.id}`, { requests_per_minute: null })
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
