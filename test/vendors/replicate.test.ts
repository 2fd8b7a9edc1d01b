import { describe, expect, test } from 'vitest'
import { replicate } from '../../src/vendors/replicate/index.ts'
import { signWebhook } from '../../src/lib/standard-webhooks.ts'
import type { ChannelConfig, HttpAnswer, VideoRequest } from '../../src/vendors/vendor.ts'
import { firstStep } from '../support/drafts.ts'

const sentAt = Date.UTC(2026, 10, 22, 10)
const channel: ChannelConfig = { baseUrl: replicate.baseUrl, credential: { api_key: 'r8_key' }, options: {} }
const video: VideoRequest = { model: 'minimax/hailuo-2.3', prompt: 'A cat', images: [], metadata: {} }
const answer = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, body })

describe('lookup', () => {
  const one = { id: 'p1', model: video.model, status: 'starting', input: { prompt: 'A cat' }, created_at: at(3) }
  const look = (results: unknown[], next: string | null = null, status = 200) =>
    replicate.found!(answer(status, { results, next }), video, channel, { reference: 'att_1', sentAt }).status

  test('one alike is found', () => expect(look([one])).toBe('found'))
  test('two alike cannot be told apart', () => expect(look([one, { ...one, id: 'p2' }])).toBe('unclear'))
  test('another prompt is not ours', () => expect(look([{ ...one, input: { prompt: 'A dog' } }])).toBe('absent'))
  test('one made in the web is not ours', () => expect(look([{ ...one, source: 'web' }])).toBe('absent'))
  test('one from before is not ours', () => expect(look([{ ...one, created_at: at(-3600) }])).toBe('absent'))
  test('an input already removed leaves it open', () => expect(look([{ ...one, input: {} }])).toBe('unclear'))
  test('one alike beside a removed input cannot be told apart', () =>
    expect(look([one, { ...one, id: 'p2', input: {} }])).toBe('unclear'))
  test('a page that does not reach back leaves it open', () => expect(look([], 'https://more')).toBe('unclear'))
  test('a page that reaches back settles it', () =>
    expect(look([{ ...one, created_at: at(-3600) }], 'https://more')).toBe('absent'))
  test('a refused list leaves it open', () => expect(look([], null, 401)).toBe('unclear'))
})

describe('callback', () => {
  const secret = 'whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA='
  const stamp = String(sentAt / 1000)
  const rawBody = JSON.stringify({ id: 'p1', status: 'succeeded', output: 'https://replicate.delivery/o.mp4' })
  const call = (signature: string, now = sentAt, body = rawBody) =>
    replicate.callback!(
      {
        method: 'POST',
        path: '/callbacks/c/t',
        query: '',
        headers: { 'webhook-id': 'm1', 'webhook-timestamp': stamp, 'webhook-signature': signature },
        rawBody: body
      },
      { ...channel, options: { webhook_secret: secret } },
      now
    ).status
  const good = signWebhook(secret, 'm1', stamp, rawBody)

  test('a good signature is accepted', () => expect(call(good)).toBe('accepted'))
  test('another body is refused', () => expect(call(good, sentAt, rawBody.replace('p1', 'p2'))).toBe('refused'))
  test('an old one is refused', () => expect(call(good, sentAt + 301_000)).toBe('refused'))
  test('no signature is refused', () => expect(call('')).toBe('refused'))
  test('without a secret nothing is verified, and nonsense still refused', () => {
    const request = { method: 'POST', path: '/', query: '', headers: {}, rawBody: '{"no":"id"}' }
    expect(replicate.callback!(request, channel, sentAt).status).toBe('refused')
    expect(replicate.callback!({ ...request, rawBody }, channel, sentAt)).toMatchObject({ upstreamId: 'p1' })
  })
})

describe('images over 256 kB', () => {
  const large = `iVBORw0KGgo${'A'.repeat(400_000)}`
  const request = { ...video, images: [{ source: large, role: 'first' as const }] }

  test('go to the Files API first, the prediction gets their address', () => {
    const upload = firstStep(replicate, request, channel)
    if (upload.kind !== 'upload') throw new Error(upload.kind)
    expect(upload.request).toMatchObject({ method: 'POST', path: '/files' })
    expect(upload.request.body).toEqual({
      multipart: [{ name: 'content', file: { mimeType: 'image/png', base64: large }, filename: 'image.png' }]
    })
    const url = 'https://api.replicate.com/v1/files/f1'
    const sent = upload.next(answer(201, { id: 'f1', urls: { get: url } }))
    expect(sent).toMatchObject({ request: { body: { json: { input: { prompt: 'A cat', first_frame_image: url } } } } })
  })

  test('a refused upload is a refused submit, and surely no task', () => {
    const upload = firstStep(replicate, request, channel)
    if (upload.kind !== 'upload') throw new Error(upload.kind)
    expect(upload.next(answer(413, { detail: 'Too large' }))).toEqual({
      status: 'rejected',
      failure: { kind: 'invalid_request', message: 'Too large' }
    })
  })
})

test('a throttled submit says when to come back', () => {
  const throttled = { status: 429, headers: { 'retry-after': '11' }, body: { detail: 'Request was throttled.' } }
  expect(replicate.submitted(throttled, video, channel)).toMatchObject({
    failure: { kind: 'rate_limit', retryAfterSeconds: 11 }
  })
})

function at(seconds: number): string {
  return new Date(sentAt + seconds * 1000).toISOString()
}
