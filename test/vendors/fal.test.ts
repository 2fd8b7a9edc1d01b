import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fal } from '../../src/vendors/fal/index.ts'
import { falModels } from '../../src/vendors/fal/models.ts'
import { replicateModels } from '../../src/vendors/replicate/models.ts'
import type { ChannelConfig } from '../../src/vendors/vendor.ts'
import { firstStep } from '../support/drafts.ts'
import { answer, channelAt, videoOf } from './listed.ts'

const now = Date.UTC(2026, 10, 22, 10)
const pair = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const rawBody = JSON.stringify({
  request_id: 'r1',
  status: 'OK',
  payload: { video: { url: 'https://v3.fal.media/o.mp4' } }
})

describe('callback', () => {
  const channel: ChannelConfig = {
    baseUrl: fal.baseUrl,
    credential: { api_key: 'id:secret' },
    options: {
      jwks: { keys: [stranger.publicKey.export({ format: 'jwk' }), pair.publicKey.export({ format: 'jwk' })] }
    }
  }
  const call = (headers: Record<string, string>, body = rawBody, at = now) =>
    fal.callback!({ method: 'POST', path: '/callbacks/c/t', query: '', headers, rawBody: body }, channel, at)

  test('any of the keys may have signed', () =>
    expect(call(signed())).toMatchObject({ status: 'accepted', upstreamId: 'r1', polled: { status: 'succeeded' } }))
  test('another body is refused', () => expect(call(signed(), rawBody.replace('r1', 'r2')).status).toBe('refused'))
  test('another user is refused', () =>
    expect(call({ ...signed(), 'x-fal-webhook-user-id': 'mallory' }).status).toBe('refused'))
  test('an old one is refused', () => expect(call(signed(), rawBody, now + 301_000).status).toBe('refused'))
  test('a signature that is no hex is refused', () =>
    expect(call({ ...signed(), 'x-fal-webhook-signature': 'zz' }).status).toBe('refused'))
  test('without headers it is refused', () => expect(call({}).status).toBe('refused'))
  test('without keys it is a hint all the same', () => {
    const request = { method: 'POST', path: '/', query: '', headers: {}, rawBody }
    expect(fal.callback!(request, { ...channel, options: {} }, now)).toMatchObject({ upstreamId: 'r1' })
  })
})

test('a complaint names the field without its body', () => {
  const detail = [{ loc: ['body', 'elements', 0, 'url'], msg: 'Invalid', type: 'url_parsing' }]
  const submitted = fal.submitted(
    { status: 422, headers: {}, body: { detail } },
    { model: 'fal-ai/veo3.1', prompt: 'A cat', images: [], metadata: {} },
    { baseUrl: fal.baseUrl, credential: {}, options: {} }
  )
  expect(submitted).toMatchObject({
    failure: { kind: 'invalid_request', code: 'url_parsing', param: 'elements.0.url' }
  })
})

test('the options take fal’s own key set and nothing unknown', () => {
  const keys = [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }]
  expect(fal.options.safeParse({ jwks: { keys } }).success).toBe(true)
  expect(fal.options.safeParse({ jwk: { keys } }).success).toBe(false)
})

test.each([...Object.entries(falModels), ...Object.entries(replicateModels)])(
  '%s names a field for every image role it takes, and needs none that it lacks',
  (_model, { first, last, references, images = [], needs = [] }) => {
    const fields = { first, last, reference: references }
    expect(images.filter(role => !fields[role])).toEqual([])
    expect(needs.filter(role => !images.includes(role))).toEqual([])
  }
)

function signed(): Record<string, string> {
  const time = String(now / 1000)
  const digest = createHash('sha256').update(rawBody).digest('hex')
  const signature = sign(null, Buffer.from(['r1', 'user_1', time, digest].join('\n')), pair.privateKey)
  return {
    'x-fal-webhook-request-id': 'r1',
    'x-fal-webhook-user-id': 'user_1',
    'x-fal-webhook-timestamp': time,
    'x-fal-webhook-signature': signature.toString('hex')
  }
}

describe('an unlisted endpoint asks for its schema', () => {
  const channel = channelAt(fal.baseUrl)
  const image = (role: 'first' | 'last' = 'first') => ({ source: `https://assets.example.com/${role}.png`, role })
  const ask = (images: ReturnType<typeof image>[], metadata = {}) => {
    const step = firstStep(fal, videoOf('acme/dream/v9', { images, metadata }), channel)
    if (!('kind' in step) || step.kind !== 'upload') throw new Error('no question')
    expect(step).toMatchObject({
      remembered: true,
      request: {
        method: 'GET',
        path: 'https://fal.ai/api/openapi/queue/openapi.json',
        query: { endpoint_id: 'acme/dream/v9' }
      }
    })
    return step.next
  }
  const schema = (properties: object) =>
    answer({ components: { schemas: { QueueStatus: {}, AcmeDreamV9Input: { properties }, AcmeDreamV9Output: {} } } })

  test('and uses the names in it', () => {
    const next = ask([image(), image('last')])
    expect(next(schema({ prompt: {}, start_image_url: {}, tail_image_url: {}, num_frames: {} }))).toMatchObject({
      kind: 'send',
      request: {
        body: { json: { start_image_url: image().source, tail_image_url: image('last').source } }
      }
    })
  })

  test('and refuses an image that it has no field for', () => {
    expect(ask([image(), image('last')])(schema({ prompt: {}, image_url: {} }))).toMatchObject({
      status: 'rejected',
      failure: { kind: 'invalid_request', param: 'image' }
    })
  })

  test('and uses the usual names when it has no answer', () => {
    expect(ask([image()])({ status: 0, headers: {}, body: '' })).toMatchObject({
      request: { body: { json: { image_url: image().source } } }
    })
  })

  test.each([
    ['no image', [], {}],
    ['a name in metadata', [image()], { image_field: 'picture' }]
  ])('but not with %s', (_, images, metadata) => {
    expect(firstStep(fal, videoOf('acme/dream/v9', { images, metadata }), channel)).toMatchObject({ kind: 'send' })
  })
})
