import { beforeEach, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { field, sendRaw } from '../support/wire.ts'
import { bytesOf, form } from './requests.ts'

/* `response_format: b64_json`: the finished video inside the object. */

const MEGABYTE = 1024 * 1024

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))
const member = forAllTests(() => server.newKey())
beforeEach(() => Object.assign(vendor, { onFile: undefined, fileStatus: 200 }))

const asked = { model: 'kling-v1', prompt: 'a cat', response_format: 'b64_json' }
const call = async (method: string, path: string, body?: unknown, headers = {}) =>
  (await server.call(method, path, body, { key: member.key, headers })).body

async function finished(fields: object = asked): Promise<string> {
  const { id } = await call('POST', '/v1/video/generations', fields)
  await server.finished(id, member.key)
  return id
}

const warnings = ({ metadata }: any) => metadata.warnings?.map(({ field: name }: { field: string }) => name) ?? []

test.each(['/v1/video/generations', '/v1/videos', '/openai/v1/videos'])(
  '%s: absent before the end, the video after it',
  async path => {
    const created = await call('POST', path, asked)
    expect(created).not.toHaveProperty('b64_json')
    await server.finished(created.id, member.key)
    for (const query of ['', '?wait=1']) {
      const video = await call('GET', `${path}/${created.id}${query}`)
      expect(Buffer.from(video.b64_json, 'base64').equals(vendor.video)).toBe(true)
      expect([warnings(video), video.url]).toEqual([[], expect.stringMatching(/^http/)])
    }
  }
)

test('a form may ask for it, and a repeated POST has it when the video is there', async () => {
  const parts = Object.entries(asked).map(([name, value]) => field(name, value))
  const request = form(parts, '/v1/video/generations')
  const bytes = bytesOf({ ...request, headers: { ...request.headers, 'idempotency-key': 'again' } }, member.key)
  const { body: first } = await sendRaw(server.url, bytes)
  await server.finished(first.id, member.key)
  const { body: again } = await sendRaw(server.url, bytes)
  expect([again.id, again.b64_json]).toEqual([first.id, vendor.video.toString('base64')])
})

test.each(['url', undefined, ''])('response_format %j: no b64_json', async response_format => {
  const id = await finished({ ...asked, response_format })
  expect(await call('GET', `/v1/video/generations/${id}`)).not.toHaveProperty('b64_json')
})

test('lists have none', async () => {
  await finished()
  const { data } = await call('GET', '/v1/videos')
  expect(data[0]).not.toHaveProperty('b64_json')
})

test.each(['with its length', 'without'])('a video of more than 25 MB, sent %s: null and a warning', async how => {
  const big = Buffer.alloc(25 * MEGABYTE + 1, vendor.video)
  vendor.onFile = (_request, reply) => {
    reply.type('video/mp4')
    if (how === 'without') return reply.send(new Blob([big]).stream())
    return reply.header('content-length', String(big.length)).send(big)
  }
  const video = await call('GET', `/v1/video/generations/${await finished()}`)
  expect([video.status, video.b64_json, warnings(video)]).toEqual(['succeeded', null, ['response_format']])
  expect(video.metadata.warnings[0].reason).toMatch(/25 MB/)
})

test('a video of 25 MB is inside', async () => {
  const big = Buffer.alloc(25 * MEGABYTE, vendor.video)
  vendor.onFile = (_request, reply) => reply.type('video/mp4').send(big)
  const video = await call('GET', `/v1/video/generations/${await finished()}`)
  expect(Buffer.from(video.b64_json, 'base64').equals(big)).toBe(true)
})

test.each([404, 500])('a file that its vendor answers with %i: null and a warning, not an error', async fileStatus => {
  const id = await finished()
  Object.assign(vendor, { fileStatus })
  const video = await call('GET', `/v1/video/generations/${id}`)
  expect([video.status, video.b64_json, warnings(video)]).toEqual(['succeeded', null, ['response_format']])
  Object.assign(vendor, { fileStatus: 200 })
  expect((await call('GET', `/v1/video/generations/${id}`)).b64_json).toBe(vendor.video.toString('base64'))
})

test('of several videos the first is inside, and a warning says where the others are', async () => {
  const video = await call('GET', `/v1/video/generations/${await finished({ ...asked, n: 2 })}`)
  expect([video.b64_json, video.metadata.videos.length, warnings(video)]).toEqual([
    vendor.video.toString('base64'),
    2,
    ['response_format']
  ])
})
