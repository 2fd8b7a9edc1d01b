import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { field, file, openSocket, png, sendRaw } from '../support/wire.ts'
import { bytesOf, form, json, type Request } from './requests.ts'

const MEGABYTE = 1024 * 1024

// a model that the vendor file does not know: whatever length is asked for
const models = { 'sora-2': 'kling-next' }
const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() =>
  startTestServer({ env: { DEFAULT_MODEL: 'sora-2' }, channel: vendor.channel({ models }) })
)
const member = forAllTests(() => server.newKey())

const send = (request: Request) => sendRaw(server.url, bytesOf(request, member.key))
const lastSubmit = () => vendor.submits.at(-1)!.body
const create = () => server.newVideo({ model: 'sora-2' }, member)

describe('traps of the framework', () => {
  test('DELETE with a JSON content-type and no body 200', async () => {
    const id = await create()
    // openai-python's
    const answer = await send({
      method: 'DELETE',
      path: `/v1/videos/${id}`,
      headers: { 'content-type': 'application/json' }
    })
    expect(answer).toMatchObject({ status: 200, body: { id, object: 'video.deleted', deleted: true } })
  })

  test('DELETE with a JSON content-type and content-length 0 200', async () => {
    const id = await create()
    const headers = { 'content-type': 'application/json', 'content-length': '0' }
    expect(await send({ method: 'DELETE', path: `/v1/videos/${id}`, headers })).toMatchObject({
      status: 200,
      body: { id }
    })
  })

  test('POST of a cancel with a JSON content-type and no body 200', async () => {
    const id = await create()
    const headers = { 'content-type': 'application/json', 'content-length': '0' }
    const answer = await send({ method: 'POST', path: `/v1/videos/${id}/cancel`, headers })
    expect(answer).toMatchObject({ status: 200, body: { id, status: 'failed', error: { code: 'cancelled' } } })
  })

  test.each([
    ['POST', '/v1/videos/'],
    ['POST', '//v1/videos'],
    ['POST', '/v1//videos//'],
    ['POST', '///openai//v1/videos/'],
    ['POST', '/v1/video/generations/'],
    ['POST', '//v1/video/generations?x=1']
  ])('%s %s 200', async (_method, path) => {
    expect(await send(json({ model: 'sora-2', prompt: 'a cat' }, path))).toMatchObject({
      status: 200,
      body: { object: 'video' }
    })
  })

  test.each([
    '/v1/videos/ID/',
    '//v1/videos/ID',
    '/v1/videos//ID//',
    '/v1/video/generations/ID/',
    '/openai/v1/videos/ID/?a=b'
  ])('GET %s 200', async path => {
    const id = await create()
    expect(await send({ path: path.replace('ID', id) })).toMatchObject({ status: 200, body: { id } })
  })

  const digest = (text: string) => createHash('sha256').update(text).digest('hex')

  test.each([
    ['a form’s field', (url: string) => form([field('prompt', 'a cat'), field('input_reference[image_url]', url)])],
    ['JSON', (url: string) => json({ prompt: 'a cat', input_reference: { image_url: url } })],
    ['the unified format', (url: string) => json({ prompt: 'a cat', image: url }, '/v1/video/generations')]
  ])('%s takes data URLs of 3 MB and of 20 MB decoded, whole', async (_where, request) => {
    for (const size of [3 * MEGABYTE, 20 * MEGABYTE]) {
      const base64 = png(size).toString('base64')
      expect((await send(request(`data:image/png;base64,${base64}`))).status).toBe(200)
      const { image } = lastSubmit() as { image: string }
      expect([image.length, digest(image)]).toEqual([base64.length, digest(base64)])
    }
  })

  test('a file of 20 MB labelled application/octet-stream arrives whole', async () => {
    const bytes = png(20 * MEGABYTE)
    expect((await send(form([field('prompt', 'a cat'), file('input_reference', bytes)]))).status).toBe(200)
    expect(digest((lastSubmit() as { image: string }).image)).toBe(digest(bytes.toString('base64')))
  })

  test.each([
    ['JPEG', 'ffd8ffe000104a464946'],
    ['WebP', '524946461a000000574542505650384c'],
    ['GIF', '474946383961010001008000'],
    ['BMP', '424d3a00000000000000']
  ])('a %s is told from its bytes, whatever its label', async (_name, hex) => {
    const bytes = Buffer.from(hex, 'hex')
    const { status } = await send(form([field('prompt', 'a cat'), file('input_reference', bytes, 'text/plain')]))
    expect(status).toBe(200)
    expect(lastSubmit()).toMatchObject({ image: bytes.toString('base64') })
  })

  test('raw base64, line breaks in it', async () => {
    const base64 = png(600)
      .toString('base64')
      .replaceAll(/(.{76})/g, '$1\r\n')
    expect((await send(json({ prompt: 'a cat', image: base64 }))).status).toBe(200)
  })

  test('metadata: nested names, whole objects, numbers and booleans have their type back', async () => {
    const { status } = await send(
      form([
        field('prompt', 'a cat'),
        field('metadata[camera_control][type]', 'simple'),
        field('metadata[camera_control][config][zoom]', '-1.5'),
        field('metadata[tags][]', 'a'),
        field('metadata[tags][]', 'true'),
        field('metadata[constructor]', 'no danger'),
        field('metadata[toString][valueOf]', '1'),
        field('metadata[list]', '[1,{"a":null}]'),
        field('metadata[id]', '12345678901234567890')
      ])
    )
    expect(status).toBe(200)
    expect(lastSubmit()).toMatchObject({
      camera_control: { type: 'simple', config: { zoom: -1.5 } },
      tags: ['a', true],
      list: [1, { a: null }],
      id: '12345678901234567890'
    })
    expect(Object.entries(lastSubmit())).toContainEqual(['constructor', 'no danger'])
  })

  test('a part labelled application/json is JSON (curl -F metadata=…;type=application/json)', async () => {
    const headers = ['Content-Disposition: form-data; name="metadata"', 'Content-Type: application/json']
    const part = { headers, value: '{"img_url":"https://e/x.jpg","nested":{"list":[1,"2",null]}}' }
    expect((await send(form([field('prompt', 'a cat'), part]))).status).toBe(200)
    expect(lastSubmit()).toMatchObject({ img_url: 'https://e/x.jpg', nested: { list: [1, '2', null] } })
    for (const value of [
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      '{"a":',
      '{"a":1e999}',
      '{"a":12345678901234567890}'
    ])
      expect((await send(form([field('prompt', 'a cat'), { headers, value }]))).body).toMatchObject({
        code: 'invalid_request'
      })
  })

  test('JSON may begin with a byte order mark, and say its charset in any case', async () => {
    const request = json(`\uFEFF${JSON.stringify({ prompt: 'a cat' })}`)
    expect((await send({ ...request, headers: { 'content-type': 'Application/JSON; Charset="UTF-8"' } })).status).toBe(
      200
    )
  })

  test('a form’s boundary in quotes, and a preamble before it', async () => {
    const request = form([field('prompt', 'a cat')])
    const headers = { 'content-type': 'multipart/form-data; boundary="----formdata-undici-026559762763"' }
    expect((await send({ ...request, headers })).status).toBe(200)
  })

  test('nulls count as absent', async () => {
    const nothing = { model: null, seconds: null, size: null, image: null, metadata: null, n: null, seed: null }
    expect((await send(json({ prompt: 'a cat', ...nothing }))).status).toBe(200)
  })

  test('an expectation that nobody knows is ignored, 100-continue is answered', async () => {
    const request = json({ prompt: 'a cat' })
    const known = { ...request, headers: { ...request.headers, expect: '100-continue' } }
    expect((await send(known)).status).toBe(200)
    const unknown = { ...request, headers: { ...request.headers, expect: '200-ok' } }
    expect((await send(unknown)).status).toBe(200)
  })

  test('the connection lives on after a refused body', async () => {
    const keep = { connection: 'keep-alive' }
    const bad = form([field('prompt', 'a cat'), file('input_reference', Buffer.alloc(300_000, 1))])
    const socket = openSocket(server.url)
    socket.write(bytesOf({ ...bad, headers: { ...bad.headers, ...keep } }, member.key))
    socket.write(bytesOf({ path: '/livez' }, member.key))
    const seen = (await readAll(socket)).toString('latin1')
    expect(seen.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200'])
  })
})

async function readAll(socket: ReturnType<typeof openSocket>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
