import { frontOf } from '../../src/fronts/index.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openSocket, readAnswer, sendRaw } from '../support/wire.ts'
import { bytesOfRecording, headerOf, recordings, type Recording } from './replay.ts'
import { expectError } from './requests.ts'

// models that the vendor file does not know: whatever length the recordings ask for
const names = ['sora-2', 'kling-v2', 'wan2.5-t2v-preview', 'm1']
const models = Object.fromEntries(names.map(name => [name, 'kling-next']))

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() =>
  startTestServer({ env: { DEFAULT_MODEL: 'sora-2' }, channel: vendor.channel({ models }) })
)
const member = forAllTests(() => server.newKey())

const lastSubmit = () => vendor.submits.at(-1)!.body
const create = () => server.newVideo({ model: 'sora-2' }, member)

interface Wanted {
  status: number
  /** of the answer */
  body?: object
  /** of what the vendor got */
  submit?: object
  /** of an error */
  error?: [code: string, param?: string]
}

const queued = { object: 'video', error: null, url: null, progress: expect.any(Number) }
const made = (submit: object, body: object = {}): Wanted => ({ status: 200, body: { ...queued, ...body }, submit })
const refused = (status: number, ...error: [string, string?]): Wanted => ({ status, error })
const png16 = '89504e470d0a1a0a0000000d49484452'

/** By the name of the recorded call. */
const openai: Record<string, Wanted> = {
  'create prompt only': made({ prompt: 'a cat' }),
  'create model seconds size': made(
    { prompt: 'a cät 🐈', duration: '8', aspect_ratio: '16:9' },
    { seconds: '8', size: '1280x720' }
  ),
  'create seconds as number + extra unknown fields': made({
    nested: { deep: true, list: [1, 2] },
    duration: '5',
    image: 'https://a/1.png',
    image_tail: 'https://a/2.png'
  }),
  'create input_reference toFile png': made({ image: Buffer.from(png16, 'hex').toString('base64') }),
  'create input_reference fs.createReadStream': made({ image: Buffer.from(png16, 'hex').toString('base64') }),
  'create input_reference {image_url}': made({ image: 'https://example.com/a.png' }),
  'create input_reference {file_id}': refused(400, 'unsupported', 'input_reference'),
  'create input_reference plain string url': made({ image: 'https://example.com/a.png' }),
  'create idempotencyKey option': made({ prompt: 'a cat' }),
  'create Idempotency-Key header': made({ prompt: 'a cat' }),
  'create raw client.post JSON': made({ prompt: 'a cat' }, { model: 'sora-2' }),
  retrieve: {
    status: 200,
    body: { object: 'video', status: expect.stringMatching(/^(queued|in_progress|completed)$/) }
  },
  'retrieve id with special chars': refused(404, 'video_not_found', 'id'),
  'list no params': { status: 200, body: { object: 'list', data: expect.any(Array) } },
  'list auto-paginate limit=2 order=asc': { status: 200, body: { object: 'list', data: expect.any(Array) } },
  'list after': { status: 200, body: { object: 'list', data: expect.any(Array) } },
  delete: { status: 200, body: { object: 'video.deleted', deleted: true } },
  remix: refused(400, 'video_not_ready', 'id'),
  'edit {id}': refused(404, 'video_not_found', 'video.id'),
  'edit upload': refused(400, 'unsupported', 'model'),
  'extend {id}': refused(404, 'video_not_found', 'video.id'),
  createCharacter: refused(400, 'unsupported'),
  getCharacter: refused(404, 'not_found', 'character_id'),
  'downloadContent default': { status: 200 },
  'downloadContent variant=thumbnail': refused(404, 'not_found', 'variant'),
  'downloadContent Range header': { status: 206 },
  'models.list': {
    status: 200,
    body: { object: 'list', data: expect.arrayContaining([expect.objectContaining({ object: 'model' })]) }
  },
  'models.retrieve': { status: 200, body: { id: 'm1', object: 'model' } },
  'org/project headers': { status: 200, body: { object: 'video' } }
}

const raw: Record<string, Wanted> = {
  'node fetch (documented new-api JS client shape) POST': made(
    { prompt: 'x', duration: '5' },
    { status: 'processing', size: '1920x1080' }
  ),
  'node fetch (documented new-api JS client shape) GET': { status: 200, body: { status: 'processing' } },
  'node fetch FormData (documented) POST': made(
    { watermark: false, img_url: 'https://e/x.jpg' },
    { model: 'wan2.5-t2v-preview' }
  ),
  'curl POST': made({ img_url: 'https://e/x.jpg' }),
  'curl GET': { status: 200, body: { object: 'video', status: 'processing' } },
  'python urllib GET': { status: 200, body: { object: 'video', status: 'processing' } },
  'AzureOpenAI endpoint style GET': { status: 200, body: { object: 'video', status: 'in_progress' } },
  'AzureOpenAI endpoint style POST': made({ prompt: 'x' }, { status: 'in_progress' }),
  'subclass changes UA GET': { status: 200, body: { status: 'in_progress' } },
  'caller removed x-stainless + UA GET': { status: 200, body: { status: 'processing' } },
  'per-request timeout GET': { status: 200, body: { status: 'in_progress' } }
}

const tanstack: Record<string, Wanted> = {
  'tanstack POST /v1/videos': made({ prompt: 'a cat', duration: '8' }, { seconds: '8', model: 'sora-2' }),
  'tanstack GET /v1/videos/video_1': {
    status: 200,
    body: { status: expect.stringMatching(/^(in_progress|completed)$/) }
  },
  'tanstack GET /v1/videos/video_1/content': { status: 200 }
}

async function replay(recording: Recording, wanted: Wanted | undefined, id: string) {
  if (!wanted) throw new Error(`nothing is expected of ${recording.call}`)
  const { method, rawHeaders } = recording.request
  const url = (recorded: string) => recorded.replace(/video_(abc|1|2)\b|(?<=\/)v$/, id)
  const bytes = bytesOfRecording(recording, { key: member.key, url })
  const length = headerOf(rawHeaders, 'content-length')
  // true to the byte: the recorded length is the rebuilt one
  if (length !== undefined) expect(bytes.length - bytes.indexOf('\r\n\r\n') - 4).toBe(Number(length))
  const before = vendor.submits.length
  const socket = openSocket(server.url)
  socket.write(bytes)
  const answer = await readAnswer(socket, method)
  const { status, body, submit, error } = wanted
  expect([answer.status, answer.body?.error ?? null]).toEqual([status, error ? expect.anything() : null])
  if (error) expectError(answer, [status, ...error])
  if (body) expect(answer.body).toMatchObject(body)
  expect(vendor.submits.length - before).toBe(submit ? 1 : 0)
  if (submit) expect(lastSubmit()).toMatchObject(submit)
  return answer
}

describe.each(['openai-node-6.49.0-requests', 'openai-node-7.57.0-requests'])('%s', name => {
  let running: string
  let finished: string

  beforeAll(async () => {
    finished = await create()
    await server.finished(finished, member.key)
    running = await create()
  })

  // a second of its own for the one that is deleted
  test.each(recordings(name).map((recording, index) => [index, recording.call, recording] as const))(
    '%i %s',
    async (_index, call, recording) => {
      const id = call === 'delete' ? await create() : call.startsWith('downloadContent') ? finished : running
      // every run sends it anew
      if (call === 'create Idempotency-Key header')
        recording.request.rawHeaders = recording.request.rawHeaders.map(line => line.replace('my-key-2', `${name}-key`))
      const { status, bytes, headers, body } = await replay(recording, openai[call], id)
      if (call === 'downloadContent default') expect(bytes.equals(vendor.video)).toBe(true)
      if (status === 206)
        expect([bytes.length, headers['content-range']]).toEqual([4, `bytes 0-3/${vendor.video.length}`])
      if (call === 'delete') expect(body.id).toBe(id)
      if (status < 400 && call.startsWith('create')) expect(['queued', 'in_progress']).toContain(body.status)
    }
  )
})

describe('clients without an SDK', () => {
  test.each(
    recordings('raw-http-and-variants-requests').map((recording, index) => [index, recording.call, recording] as const)
  )('%i %s', async (_index, call, recording) => {
    await replay(recording, raw[`${call} ${recording.request.method}`], await create())
  })
})

describe('TanStack AI', () => {
  let id: string
  beforeAll(async () => {
    id = await create()
    await server.finished(id, member.key)
  })
  test.each(recordings('tanstack-ai-openai-video-requests').map((recording, index) => [index, recording] as const))(
    '%i',
    async (_index, recording) => {
      const { method, url } = recording.request
      await replay(recording, tanstack[`${recording.call} ${method} ${url}`], id)
    }
  )
})

describe('Vercel AI SDK', () => {
  const xai = recordings('vercel-ai-sdk-7-video-requests').filter(({ call }) => call === 'xai')

  test('speaks vendors’ own addresses, each of which a front answers', async () => {
    for (const recording of recordings('vercel-ai-sdk-7-video-requests').filter(({ call }) => call !== 'xai')) {
      const answer = await sendRaw(
        server.url,
        bytesOfRecording(recording, { key: member.key, url: recorded => recorded })
      )
      const { method, url } = recording.request
      expect([method, url, frontOf(url.split('?')[0]!)?.id]).toEqual([method, url, expect.any(String)])
      // keys outside of Authorization, models and ids of the recordings are not here
      expect([200, 400, 401, 404]).toContain(answer.status)
    }
  })

  test('its create, sent to where an operator points it, is a video; its Idempotency-Key works', async () => {
    const recording = xai[0]!
    const request = { ...recording.request, body: recording.request.body!.replace('grok-imagine-video', 'kling-v2') }
    request.rawHeaders = request.rawHeaders.map(line =>
      line.startsWith('content-length') ? `content-length: ${request.body.length}` : line
    )
    const bytes = bytesOfRecording({ ...recording, request }, { key: member.key, url: () => '/v1/videos/' })
    const first = await sendRaw(server.url, bytes)
    expect(first).toMatchObject({ status: 200, body: { object: 'video', seconds: '5', status: 'processing' } })
    expect(lastSubmit()).toMatchObject({ aspect_ratio: '16:9', mode: 'std' })
    const again = await sendRaw(server.url, bytes)
    expect([again.body.id, again.headers['idempotent-replayed']]).toEqual([first.body.id, 'true'])
  })

  test('its polls', async () => {
    const id = await create()
    const bytes = bytesOfRecording(xai[1]!, { key: member.key, url: recorded => recorded.replace('req_1', id) })
    expect(await sendRaw(server.url, bytes)).toMatchObject({ status: 200, body: { id, object: 'video' } })
  })
})
