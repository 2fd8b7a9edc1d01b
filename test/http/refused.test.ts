import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { json, startFakeOpenai, type FakeOpenai } from '../support/fake-openai.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* A submit that no vendor accepts: the client has its error, and the operator finds it, once. */

describe.each(kinds)('on %s', kind => {
  let vendor: FakeOpenai
  let server: TestServer
  let log: Record<string, unknown>[]

  beforeEach(async () => {
    vendor = await startFakeOpenai()
    log = []
    server = await startTestServer({
      kind,
      env: { SUBMIT_WAIT_MS: '500' },
      onLog: line => log.push(JSON.parse(line) as Record<string, unknown>)
    })
    await server.call('POST', '/admin/channels', vendor.channel())
  })
  afterEach(async () => {
    await server.close()
    await vendor.close()
  })

  const create = () => server.call('POST', '/v1/videos', { model: 'm', prompt: 'a cat' })
  const list = async (query: string) => (await server.call('GET', query)).body.data as Record<string, unknown>[]
  const refuse = (status: number, code: string, message: string) => () => json({ error: { code, message } }, status)

  test('a refusal that was the answer to the POST', async () => {
    vendor.onSubmit = refuse(400, 'bad_size', 'The size is not supported.')
    expect((await create()).status).toBe(400)
    expect(await list('/admin/tasks')).toEqual([])
    expect(await list('/v1/videos')).toEqual([])
    const [found, ...others] = await list('/admin/tasks?status=refused')
    expect(others).toEqual([])
    expect(found).toMatchObject({
      model: 'm',
      failure: { kind: 'invalid_request', code: 'bad_size', message: 'The size is not supported.' }
    })
    expect((await server.call('GET', `/admin/tasks/${String(found!.id)}`)).body.attempts).toMatchObject([
      { outcome: 'rejected', failure: { code: 'bad_size' } }
    ])
    const lines = log.filter(({ msg }) => msg === 'submit: rejected by vendor')
    expect(lines).toMatchObject([
      { level: 30, model: 'm', channel: 'fake-openai', kind: 'invalid_request', code: 'bad_size' }
    ])
  })

  test('is counted once, beside what was made', async () => {
    await server.finished((await makeOne()).body.id)
    vendor.onSubmit = refuse(401, 'invalid_api_key', 'Incorrect API key.')
    expect((await create()).status).toBe(502)
    expect(log.find(({ msg }) => msg === 'submit: rejected by vendor')).toMatchObject({ level: 40, kind: 'auth' })
    for (const query of ['', '?group_by=model', '?group_by=channel', '?group_by=key,day'])
      expect(await list(`/admin/usage${query}`)).toMatchObject([{ videos: 1, refused: 1 }])
    const csv = await fetch(`${server.url}/admin/usage?format=csv`, {
      headers: { authorization: 'Bearer sk-test-admin-0123456789abcdefghij' }
    })
    expect(await csv.text()).toBe('videos,seconds,spent,currency,refused,failed\r\n1,4,0.00,USD,1,0\r\n')
  })

  test('a generation that failed is not one', async () => {
    vendor.onPoll = () => json({ status: 'failed', error: { message: 'No.' } })
    await server.finished((await create()).body.id)
    expect(await list('/admin/tasks?status=refused')).toEqual([])
    expect(await list('/admin/tasks?status=failed')).toHaveLength(1)
    expect(await list('/admin/usage')).toMatchObject([{ videos: 0, refused: 0, failed: 1 }])
  })

  function makeOne() {
    vendor.onPoll = () => json({ status: 'completed', url: 'https://cdn.vendor.test/v.mp4' })
    return server.call('POST', '/v1/videos', { model: 'm', prompt: 'a cat', seconds: '4' })
  }
})
