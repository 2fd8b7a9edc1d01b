import { expect, test } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { field, file, png, sendRaw } from '../support/wire.ts'
import { bytesOf, form, json } from './requests.ts'

/* Every level is on here. Each secret is a canary: once in the log, and it sings. */

const lines: Record<string, unknown>[] = []
const written: string[] = []
const canaries = {
  credential: 'fake-credential-canary',
  prompt: 'prompt-canary of a cat',
  negative: 'negative-canary',
  user: 'user-canary',
  metadata: 'metadata-canary',
  image: 'https://images.example.com/cat.png?X-Amz-Signature=image-canary',
  callback: 'https://example.com/hook?token=callback-canary',
  query: 'query-canary',
  link: 'link-canary',
  idempotency: 'idempotency-canary'
}

function onLog(line: string) {
  written.push(line)
  lines.push(JSON.parse(line))
}

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel(), onLog }))
const member = forAllTests(() => server.newKey())

/** The lines that one request wrote about itself. */
async function requestLines(id: string, send: () => Promise<unknown>) {
  await send()
  return lines.filter(({ requestId, msg }) => requestId === id && msg === 'request')
}

const ask = (method: string, path: string, id: string, options: { key?: string | null; body?: unknown } = {}) =>
  requestLines(id, () =>
    server.call(method, path, options.body, {
      key: options.key === undefined ? member.key : options.key,
      headers: { 'x-request-id': id }
    })
  )

test.each([
  ['GET', '/v1/videos', '/v1/videos', 200],
  ['GET', '/v1/videos/video_unknown?secret=query-canary', '/v1/videos/:id', 404],
  ['GET', '/v1/videos/video_unknown/content?signature=query-canary&expires=1', '/v1/videos/:id/content', 401],
  ['GET', '/v1/videos/video_unknown/content', '/v1/videos/:id/content', 404],
  ['POST', '/v1/videos', '/v1/videos', 400],
  ['PUT', '/v1/videos', null, 405],
  ['GET', '/nothing/here', null, 404],
  ['GET', '/admin/keys', '/admin/keys', 403]
])('%s %s: one line with request id, key id, route, status and ms', async (method, path, route, status) => {
  const id = `log-${Math.random()}`
  const found = await ask(method, path, id)
  expect(found).toHaveLength(1)
  const asked = path.startsWith('/nothing') || status === 405 || path.includes('signature') ? null : member.id
  expect(found[0]).toMatchObject({
    level: 30,
    requestId: id,
    keyId: asked,
    method,
    route,
    status,
    ms: expect.any(Number)
  })
  expect(Object.keys(found[0]!).sort()).toEqual(
    [
      'keyId',
      'level',
      'method',
      'ms',
      'msg',
      'requestId',
      'route',
      'status',
      'time',
      ...('pid' in found[0]! ? ['pid', 'hostname'] : [])
    ].sort()
  )
})

test('without a key, too; and what never became a request', async () => {
  const found = await ask('GET', '/v1/videos', 'log-no-key', { key: null })
  expect(found).toMatchObject([{ keyId: null, route: '/v1/videos', status: 401 }])
  const raw = await sendRaw(server.url, 'nonsense query-canary\r\n\r\n')
  const long = await sendRaw(server.url, bytesOf({ path: `/v1/videos/${'a'.repeat(3000)}?query-canary` }, member.key))
  for (const [answer, status] of [
    [raw, 400],
    [long, 404]
  ] as const) {
    const about = lines.filter(({ requestId }) => requestId === answer.headers['x-request-id'])
    expect(about).toMatchObject([{ level: 30, msg: 'request', status, keyId: null, route: null }])
  }
})

test('why a file cannot be fetched is logged, and not told', async () => {
  const id = 'log-upstream'
  vendor.fileStatus = 500
  const video = await server.newVideo({ prompt: canaries.prompt }, member)
  await server.finished(video, member.key)
  await ask('GET', `/v1/videos/${video}/content`, id)
  const errors = lines.filter(({ requestId, level }) => requestId === id && level === 40)
  expect(errors).toMatchObject([{ msg: 'request failed', code: 'video_unavailable', reason: expect.any(String) }])
  vendor.fileStatus = 200
})

test('no canary sings at any level: bodies, headers, queries, vendors that repeat what they were told', async () => {
  const asked = {
    model: 'kling-v1',
    prompt: canaries.prompt,
    negative_prompt: canaries.negative,
    user: canaries.user,
    image: canaries.image,
    callback_url: canaries.callback,
    metadata: { note: canaries.metadata }
  }
  const create = (headers: Record<string, string> = {}) =>
    server.call('POST', '/v1/videos?token=query-canary', asked, { key: member.key, headers })
  const { body: video } = await create({
    'idempotency-key': canaries.idempotency,
    'x-api-key': 'header-canary',
    cookie: 'a=cookie-canary'
  })
  await server.finished(video.id, member.key)
  const { url } = (await server.call('GET', `/v1/videos/${video.id}`, undefined, member)).body
  await (await fetch(url)).arrayBuffer()
  await fetch(url.replace('signature=', 'signature=link-canary'))
  await sendRaw(
    server.url,
    bytesOf(
      form([field('prompt', canaries.prompt), field('model', 'kling-v1'), file('input_reference', png())]),
      member.key
    )
  )
  await sendRaw(server.url, bytesOf(json(`{"prompt":"${canaries.prompt}`), member.key))
  await sendRaw(server.url, bytesOf({ headers: { 'x-long': 'header-canary'.repeat(2000) } }, member.key))

  // every way a vendor can say no, each repeating what it was told
  const told = `reason-words ${canaries.prompt} Bearer ${canaries.credential} ${canaries.image}`
  for (const answer of [
    { status: 401, body: { code: 1002, message: told } },
    { status: 400, body: { code: 1201, message: told } },
    { status: 400, body: { code: 1301, message: told } },
    { status: 429, body: { code: 1303, message: told } },
    { status: 500, body: told },
    { status: 502, body: `<html>${told}` },
    { status: 200, body: { code: 0, data: told } },
    'drop after accept' as const
  ]) {
    vendor.onSubmit = () => answer
    const model = `m${lines.length}`
    await server.newChannel(vendor.channel({ models: { [model]: 'kling-v1' } }))
    await server.call('POST', '/v1/videos', { ...asked, model }, member)
  }
  vendor.onSubmit = () => 'accept'
  vendor.onPoll = ({ polls }) => (polls < 3 ? { status: 500, body: told } : 'failed')
  vendor.reason = told
  const fresh = await server.newChannel(vendor.channel({ models: { fresh: 'kling-v1' } }))
  const failing = await server.newVideo({ ...asked, model: 'fresh' }, member)
  await server.finished(failing, member.key)
  await server.call('POST', `/admin/channels/${fresh}/test`)
  await server.advance(120_000)

  await server.services.journal.done()
  const all = written.join('\n')
  // the vendor's own words, and none of the request's
  expect(lines.filter(({ msg }) => msg === 'task failed').map(({ words }) => words)).toContainEqual(
    expect.stringMatching(/^reason-words … /)
  )
  expect(written.length).toBeGreaterThan(50)
  const secrets = {
    ...canaries,
    key: member.key.slice(3),
    admin: ADMIN_KEY,
    header: 'header-canary',
    cookie: 'cookie-canary',
    signature: new URL(url).searchParams.get('signature')!
  }
  for (const [name, secret] of Object.entries(secrets)) {
    const where = all.indexOf(secret)
    expect([name, where === -1 ? null : all.slice(Math.max(0, where - 300), where + 100)]).toEqual([name, null])
  }
})
