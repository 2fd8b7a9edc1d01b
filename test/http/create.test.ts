import { describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { field, file, sendRaw } from '../support/wire.ts'
import { bytesOf, expectError, form, json, type Request } from './requests.ts'

/* What a create may say: the names, shapes and empty values that programs send, in both formats and on all paths. */

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: { ...vendor.channel(), max_concurrency: 1000 } }))
const member = forAllTests(() => server.newKey())

const a = 'https://img.example.com/a.png'
const b = 'https://img.example.com/b.png'
const base64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const png = Buffer.from(base64, 'base64')

type Fields = Record<string, unknown>

const withBasics = (fields: Fields): Fields => ({ model: 'kling-v1', prompt: 'a paper boat', ...fields })

/** Objects and lists as JSON, as forms have them. */
const asForm = (fields: Fields, path: string): Request =>
  form(
    Object.entries(fields).map(([name, value]) =>
      field(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
    ),
    path
  )

const ways: [way: string, request: (fields: Fields) => Request][] = [
  ['JSON to /v1/video/generations', fields => json(withBasics(fields), '/v1/video/generations')],
  ['JSON to /v1/videos', fields => json(withBasics(fields), '/v1/videos')],
  ['JSON to /openai/v1/videos', fields => json(withBasics(fields), '/openai/v1/videos')],
  ['a form to /v1/video/generations', fields => asForm(withBasics(fields), '/v1/video/generations')],
  ['a form to /v1/videos', fields => asForm(withBasics(fields), '/v1/videos')]
]

const send = (request: Request) => sendRaw(server.url, bytesOf(request, member.key))
const estimated = (fields: Fields) => send(json(withBasics(fields), '/v1/videos/estimate'))
const warned = ({ metadata }: any): string[] =>
  (metadata.warnings ?? []).map(({ field: name }: { field: string }) => name)

const first = { image: a, image_tail: undefined }
const both = { image: a, image_tail: b }
const none = { image: undefined, image_tail: undefined }

const understood: [what: string, fields: Fields, sent: Fields][] = [
  ...'image_url first_frame first_frame_image firstFrame start_image image_start init_image img_url picture promptImage input_image'
    .split(' ')
    .map((name): [string, Fields, Fields] => [name, { [name]: a }, first]),
  ...'last_frame last_frame_image lastFrame end_image end_image_url image_tail tail_image'
    .split(' ')
    .map((name): [string, Fields, Fields] => [name, { image: a, [name]: b }, both]),
  ...[{ url: a }, { image_url: a }, { image: a }, { uri: a }, { image_url: { url: a } }, [a], [{ url: a }]].flatMap(
    value =>
      ['image', 'images', 'input_reference', 'first_frame'].map((name): [string, Fields, Fields] => [
        `${name} as ${JSON.stringify(value)}`,
        { [name]: value },
        first
      ])
  ),
  ['base64 in an object', { input_reference: { b64_json: base64 } }, { image: base64 }],
  ['an object with an empty part', { image: { url: a, b64_json: '' } }, first],
  [
    'images with roles',
    {
      images: [
        { url: b, role: 'last_frame' },
        { url: a, role: 'first_frame' }
      ]
    },
    both
  ],
  [
    'images with types',
    {
      images: [
        { url: a, type: 'first_frame' },
        { url: b, type: 'last_frame' }
      ]
    },
    both
  ],
  [
    'frame_images',
    {
      frame_images: [
        { type: 'image_url', image_url: { url: a }, frame_type: 'first_frame' },
        { type: 'image_url', image_url: { url: b }, frame_type: 'last_frame' }
      ]
    },
    both
  ],
  ['image_urls', { image_urls: [a, b] }, both],
  ['a list of one image as text', { images: a }, first],
  ['a list as text', { images: JSON.stringify([a, b]) }, both],
  ['the same image under two names', { image: a, image_url: a, images: [a] }, first],
  ['metadata: a text for a list', { metadata: { image_urls: a } }, first],
  ['metadata: objects', { metadata: { image_urls: [{ url: a }], image_tail: { url: b } } }, both],
  ['aspect_ratio', { aspect_ratio: '9:16' }, { aspect_ratio: '9:16' }],
  ['ratio', { ratio: '1:1' }, { aspect_ratio: '1:1' }],
  ['aspectRatio', { aspectRatio: '9:16' }, { aspect_ratio: '9:16' }],
  ['a ratio in metadata as a number', { metadata: { aspect_ratio: 0.5625 } }, { aspect_ratio: '9:16' }],
  ['resolution', { resolution: '1080p' }, { mode: 'pro' }],
  ['a resolution as a number', { metadata: { resolution: 1080 } }, { mode: 'pro' }],
  ['a resolution in pixels', { resolution: '720x1280' }, { aspect_ratio: '9:16' }],
  ['mode', { mode: 'pro' }, { mode: 'pro' }],
  ['cfg_scale', { cfg_scale: '0.7' }, { cfg_scale: 0.7 }],
  ['webhook_url', { webhook_url: 'https://hooks.example.com/' }, none],
  ['n_seconds', { n_seconds: 10 }, { duration: '10' }],
  ['seconds with their unit', { seconds: '10s' }, { duration: '10' }],
  ['a duration in metadata with its unit', { metadata: { duration: '10s' } }, { duration: '10' }],
  ['several negative prompts', { metadata: { negative_prompt: ['blur', 'text'] } }, { negative_prompt: 'blur, text' }],
  [
    'an address with spaces',
    { image: ' https://img.example.com/a b.png\n' },
    { image: 'https://img.example.com/a%20b.png' }
  ],
  ['base64 in lines', { image: `${base64.slice(0, 40)}\r\n ${base64.slice(40)}` }, { image: base64 }],
  ['a data URL with another label', { image: `data:application/pdf;name=a.png;base64,${base64}` }, { image: base64 }],
  ...[
    'image',
    'images',
    'input_reference',
    'size',
    'seed',
    'user',
    'callback_url',
    'response_format',
    'metadata',
    'negative_prompt'
  ].map((name): [string, Fields, Fields] => [`an empty ${name}`, { [name]: '' }, none]),
  ...[0, '0'].map((zero): [string, Fields, Fields] => [
    `${JSON.stringify(zero)} where it is impossible`,
    { duration: zero, width: zero, height: zero, fps: zero, n: zero },
    { duration: '5' }
  ])
]

describe.each(ways)('%s', (_way, request) => {
  test.each(understood)('%s', async (_what, fields, sent) => {
    const before = vendor.submits.length
    const answer = await send(request(fields))
    expect([answer.status, answer.body.error]).toEqual([200, null])
    expect(vendor.submits).toHaveLength(before + 1)
    const { body } = vendor.submits.at(-1)!
    expect(Object.fromEntries(Object.keys(sent).map(name => [name, body[name]]))).toEqual(sent)
    expect(warned(answer.body)).toEqual([])
  })
})

test.each(understood)('an estimate understands %s', async (_what, fields) => {
  expect((await estimated(fields)).status).toBe(200)
})

const refused: [fields: Fields, param: string, code?: string][] = [
  [{ videos: ['https://v.example.com/a.mp4'] }, 'videos'],
  [{ video_uri: 'https://v.example.com/a.mp4' }, 'video_uri'],
  [{ video: { url: 'https://v.example.com/a.mp4' } }, 'video'],
  [{ audios: ['https://v.example.com/a.mp3'] }, 'audios'],
  [{ audio_url: 'https://v.example.com/a.mp3' }, 'audio_url'],
  [{ audio: 'https://v.example.com/a.mp3' }, 'audio'],
  [{ reference_videos: [{ video_url: 'https://v.example.com/a.mp4' }] }, 'reference_videos'],
  [{ input_references: [{ type: 'video_url', video_url: { url: a } }] }, 'input_references.0', 'unsupported'],
  [{ mask: a }, 'mask'],
  [{ keyframes: { frame0: { type: 'image', url: a } } }, 'keyframes'],
  [{ content: [{ type: 'image_url', image_url: { url: a } }] }, 'content'],
  [{ extra_body: { image: a } }, 'extra_body'],
  [{ subject_reference: [{ type: 'character', image: [a] }] }, 'subject_reference'],
  [{ whatever: a }, 'whatever'],
  [{ whatever: base64 }, 'whatever'],
  [{ whatever: [`data:image/png;base64,${base64}`] }, 'whatever'],
  [{ image: {} }, 'image'],
  [{ input_reference: {} }, 'input_reference'],
  [{ input_reference: { file_id: 'file-1' } }, 'input_reference', 'unsupported'],
  [{ image: { somewhere: a } }, 'image'],
  [{ images: [a, { role: 'last_frame', url: 'no address' }] }, 'images.1.url'],
  [{ images: [{ url: a, role: 'middle_frame' }] }, 'images.0.role'],
  [{ image: a, image_url: b }, 'image_url'],
  [
    { image: `data:image/png;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')}` },
    'image'
  ],
  [{ image: `data:image/png;base64,${Buffer.from('<!doctype html><title>x</title>').toString('base64')}` }, 'image'],
  // Kling has no references
  [{ reference_images: [{ url: a }] }, 'reference_images'],
  [{ num_frames: 81 }, 'num_frames'],
  [{ quality: 'hd' }, 'quality'],
  [{ upscale_factor: 2 }, 'upscale_factor'],
  [{ previous_job_id: 'video_1' }, 'previous_job_id'],
  [{ remix_id: 'video_1' }, 'remix_id'],
  [{ webhook_url: 'http://169.254.169.254/' }, 'webhook_url'],
  [{ metadata: { callback_url: 'http://169.254.169.254/' } }, 'metadata.callback_url'],
  [{ n_seconds: 'five' }, 'n_seconds'],
  [{ metadata: { duration: 'abc' } }, 'metadata.duration'],
  [{ metadata: { aspect_ratio: 1.2 } }, 'metadata.aspect_ratio'],
  [{ metadata: { aspect_ratio: ['16:9'] } }, 'metadata.aspect_ratio'],
  [{ metadata: { resolution: { height: 1080 } } }, 'metadata.resolution'],
  [{ metadata: { negative_prompt: { no: 'blur' } } }, 'metadata.negative_prompt'],
  [{ metadata: { seed: 'abc' } }, 'metadata.seed'],
  [{ metadata: { mode: ['pro'] } }, 'metadata.mode'],
  [{ metadata: { image_urls: { first: a } } }, 'metadata.image_urls'],
  [{ metadata: { image_urls: 'no address' } }, 'metadata.image_urls'],
  [{ metadata: { image_tail: { file: 5 } } }, 'metadata.image_tail'],
  [{ prompt: ' \n\u3000' }, 'prompt'],
  [{ prompt: '🎬'.repeat(32_001) }, 'prompt']
]

describe.each(ways)('%s is refused', (_way, request) => {
  test.each(refused)('%j', async (fields, param, code = 'invalid_request') => {
    const before = vendor.submits.length
    expectError(await send(request(fields)), [400, code, param])
    expect(vendor.submits).toHaveLength(before)
  })
})

test.each(refused)('an estimate refuses %j', async (fields, param, code = 'invalid_request') => {
  expectError(await estimated(fields), [400, code, param])
})

test('a prompt has at most 32,000 characters, not code units; a longer one is told the limit', async () => {
  const refusal = async (prompt: string) => (await send(json(withBasics({ prompt })))).body.message
  expect(await refusal('a'.repeat(32_001))).toBe('prompt: may have at most 32000 characters.')
  // Kling itself makes less of it
  expect(await refusal('🎬'.repeat(32_000))).toMatch(/2500/)
})

test('metadata that repeats a field of the request is ignored with a warning, unless both agree', async () => {
  const metadata = { prompt: 'another', model: 'another', image: b, seconds: 10, n: 3, user: 'u' }
  const { body } = await send(json(withBasics({ image: a, duration: 5, n: 1, user: 'u', metadata })))
  expect(warned(body).sort()).toEqual([
    'metadata.image',
    'metadata.model',
    'metadata.n',
    'metadata.prompt',
    'metadata.seconds',
    // this vendor has no users
    'user'
  ])
  expect(vendor.submits.at(-1)!.body).toMatchObject({ prompt: 'a paper boat', image: a, duration: '5' })
})

test('any other unknown field is ignored with a warning that names it', async () => {
  const fields = {
    style: 'anime',
    trace: { id: 1 },
    site_url: 'https://example.com/',
    upscale: false,
    callback_secret: 's'
  }
  const { body } = await send(json(withBasics(fields)))
  expect(warned(body)).toEqual(['style', 'trace', 'site_url', 'upscale', 'callback_secret'])
})

describe('files of a form', () => {
  const basics = Object.entries(withBasics({})).map(([name, value]) => field(name, String(value)))
  const bare = (name: string, type: string) => ({
    headers: [`Content-Disposition: form-data; name="${name}"`, `Content-Type: ${type}`],
    value: png
  })

  test.each([
    'image',
    'images',
    'images[]',
    'images[0]',
    'input_reference',
    'input_reference[]',
    'first_frame',
    'image_url'
  ])('%s is an image', async name => {
    expect((await send(form([...basics, file(name, png, 'image/png')]))).status).toBe(200)
    expect(vendor.submits.at(-1)!.body).toMatchObject({ image: base64 })
  })

  test.each(['image', 'images', 'image[]', 'images[]', 'input_reference', 'input_reference[]'])(
    '%s twice is two images',
    async name => {
      const other = Buffer.concat([png, Buffer.alloc(3)])
      expect((await send(form([...basics, file(name, png), file(name, other)]))).status).toBe(200)
      expect(vendor.submits.at(-1)!.body).toMatchObject({ image: base64, image_tail: other.toString('base64') })
    }
  )

  test('a part without a filename is a file by its type', async () => {
    expect((await send(form([...basics, bare('input_reference', 'image/jpeg')]))).status).toBe(200)
    expect(vendor.submits.at(-1)!.body).toMatchObject({ image: base64 })
  })

  test.each(['prompt', 'seconds', 'size', 'callback_url', 'generate_audio', 'whatever'])(
    'in %s it is refused',
    async name => {
      const others = basics.filter(part => !part.headers[0]!.includes(`"${name}"`))
      expectError(await send(form([...others, file(name, png)])), [400, 'invalid_request', name])
    }
  )

  test.each(['image', 'input_reference', 'images[]', 'whatever', 'prompt_image'])(
    'an empty file input %s is absent, with a filename or without',
    async name => {
      const unnamed = {
        headers: [
          `Content-Disposition: form-data; name="${name}"; filename=""`,
          'Content-Type: application/octet-stream'
        ],
        value: Buffer.alloc(0)
      }
      for (const part of [unnamed, file(name, Buffer.alloc(0)), { ...bare(name, 'image/png'), value: Buffer.alloc(0) }])
        expect((await send(form([...basics, part]))).status).toBe(200)
      expect(vendor.submits.at(-1)!.body).not.toHaveProperty('image')
    }
  )

  test('a body beyond the limit is 413, also when a part before is bad, and its length is not told', async () => {
    const large = Array.from({ length: 4 }, (_, index) => field(`metadata[${index}]`, 'a'.repeat(20 * 1024 * 1024)))
    const request = form([field('metadata[__proto__]', 'x'), ...large])
    expectError(await send(request), [413, 'request_too_large'])
    const body = Buffer.from(request.body!)
    const chunked = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
    const headers = { ...request.headers, 'content-length': undefined, 'transfer-encoding': 'chunked' }
    expectError(await send({ ...request, headers, body: chunked }), [413, 'request_too_large'])
  })
})
