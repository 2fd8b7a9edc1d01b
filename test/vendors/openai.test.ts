import { describe, expect, test } from 'vitest'
import { openai } from '../../src/vendors/openai/index.ts'
import type { ChannelConfig, HttpAnswer, VideoRequest } from '../../src/vendors/vendor.ts'

/* What the vectors cannot say: a lookup that finds nothing, or cannot tell; callbacks that are refused; optional parts of the credential. */

const sentAt = Date.UTC(2026, 10, 24, 12)
const sent = sentAt / 1000
const context = { reference: 'att_1', sentAt }
const video: VideoRequest = {
  model: 'sora-2',
  prompt: 'A cat',
  images: [],
  seconds: 4,
  size: '1280x720',
  width: 1280,
  height: 720,
  metadata: {}
}
const ours = {
  id: 'video_ours',
  model: 'sora-2',
  status: 'queued',
  created_at: sent + 2,
  prompt: 'A cat',
  seconds: '4',
  size: '1280x720'
}
const other = { ...ours, id: 'video_other', prompt: 'A dog' }
const older = { ...other, id: 'video_older', created_at: sent - 7200 }

const channel = (options: Record<string, unknown> = {}): ChannelConfig => ({
  baseUrl: 'https://upstream.example.com',
  credential: { api_key: 'test-key' },
  options
})
const answer = (body: unknown, status = 200): HttpAnswer => ({ status, headers: {}, body })
const list = (data: unknown[], has_more?: boolean) => answer({ object: 'list', data, has_more })
const found = (given: HttpAnswer, options?: Record<string, unknown>) =>
  openai.found!(given, video, channel(options), context)

describe('openai found', () => {
  test.each([
    ['our job among others', list([other, ours, older], true)],
    ['our job under a dated model name', list([{ ...ours, model: 'sora-2-2025-12-08' }], false)],
    ['our job without a model name', list([{ ...ours, model: '' }], false)],
    ['our job, and its prompt for another model', list([ours, { ...ours, id: 'video_pro', model: 'kling' }], false)],
    [
      'our job, and the same request an hour ago',
      list([ours, { ...ours, id: 'video_1', created_at: sent - 3600 }], false)
    ],
    ['our job, its time in milliseconds', list([{ ...ours, created_at: sentAt }], false)]
  ])('%s: found', (_title, given) => {
    expect(found(given)).toMatchObject({ status: 'found', accepted: { upstreamId: 'video_ours' } })
  })

  test.each([
    ['an empty list', list([], false)],
    ['a whole list of others', list([other, older], false)],
    ['a page that goes back to before the submit', list([other, older], true)],
    ['the same request an hour ago', list([{ ...ours, created_at: sent - 3600 }], false)]
  ])('%s: absent', (_title, given) => {
    expect(found(given)).toEqual({ status: 'absent' })
  })

  test.each([
    ['two jobs that fit', list([ours, { ...ours, id: 'video_twin' }], false)],
    [
      'a twin some minutes before the submit',
      list([ours, { ...ours, id: 'video_twin', created_at: sent - 300 }], false)
    ],
    ['only a job some minutes before the submit', list([{ ...ours, created_at: sent - 300 }], false)],
    ['our prompt with another size', list([{ ...ours, size: '720x1280' }], false)],
    ['our prompt with other seconds', list([{ ...ours, seconds: '8' }], false)],
    ['our prompt with another model', list([{ ...ours, model: 'kling' }], false)],
    ['a job without a time', list([{ ...ours, created_at: null }], false)],
    ['a new job without a prompt', list([{ id: 'video_9', status: 'queued', created_at: sent + 1 }], false)],
    ['our job and a new one without a prompt', list([ours, { id: 'video_9', created_at: sent + 1 }], false)],
    ['our job without an id', list([{ ...ours, id: null }], false)],
    ['a page that does not go back far enough', list([other], true)],
    ['a page that does not speak of more', list([other])],
    ['an empty list that does not speak of more', list([])],
    ['a list from the oldest on', list([older, { ...older, created_at: sent - 7000 }], true)],
    ['no list at all (new-api)', answer({ error: { message: 'Invalid URL (GET /v1/videos)' } }, 404)],
    ['an error', answer({ error: { message: 'slow down' } }, 429)],
    ['a web page', answer('<html></html>')],
    ['entries that are not jobs', list(['video_ours'], false)]
  ])('%s: unclear', (_title, given) => {
    expect(found(given)).toEqual({ status: 'unclear' })
  })

  test('a new-api compares with the whole seconds that were sent', () => {
    const asked = { ...video, seconds: 4.4 }
    const given = list([{ ...ours, seconds: '4' }], false)
    expect(openai.found!(given, asked, channel({ dialect: 'new-api' }), context)).toMatchObject({ status: 'found' })
  })

  test('the list is asked for newest first, under /v1/videos also for the older route', () => {
    expect(openai.lookup!(video, channel({ dialect: 'new-api-legacy' }), context)).toEqual({
      method: 'GET',
      path: '/v1/videos',
      query: { limit: '100', order: 'desc' }
    })
  })
})

describe('openai callback', () => {
  const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
  const now = Date.UTC(2025, 8, 27, 2, 51, 41)
  // the signature of the vector callback-video-failed-signed
  const call = {
    method: 'POST',
    path: '/callbacks/c/t',
    query: '',
    headers: {
      'webhook-id': 'wh_2',
      'webhook-timestamp': '1758941501',
      'webhook-signature': 'v1,BwF9FiPsNkT+O1+FcgB5IM2Z9RiSxqza65wbpkO0nX0='
    },
    rawBody: '{"id":"evt_2","object":"event","type":"video.failed","created_at":1758941500,"data":{"id":"video_9"}}'
  }
  const read = (
    change: Partial<typeof call>,
    options: Record<string, unknown> = { webhook_secret: secret },
    at = now
  ) => openai.callback!({ ...call, ...change }, channel(options), at)

  test('a good signature names the job', () => {
    expect(read({})).toEqual({ status: 'accepted', upstreamId: 'video_9' })
  })

  test.each([
    ['another body', () => read({ rawBody: call.rawBody.replace('video_9', 'video_8') })],
    ['six minutes later', () => read({}, { webhook_secret: secret }, now + 360_000)],
    ['no signature', () => read({ headers: {} as typeof call.headers })],
    ['a channel without a secret', () => read({}, {})]
  ])('%s: refused', (_title, outcome) => {
    expect(outcome()).toMatchObject({ status: 'refused' })
  })
})

test('organization and project go into headers, and only when there are any', () => {
  const request = { method: 'GET', path: '/v1/models' } as const
  const credential = { api_key: 'test-key', organization: 'org-1', project: 'proj_1' }
  expect(openai.sign(request, { ...channel(), credential }, 0).headers).toEqual({
    authorization: 'Bearer test-key',
    'openai-organization': 'org-1',
    'openai-project': 'proj_1'
  })
  expect(openai.sign(request, channel(), 0).headers).toEqual({ authorization: 'Bearer test-key' })
})

test('only vLLM-Omni can cancel', () => {
  const operation = { id: 'v1', path: '/v1/videos' }
  expect(openai.cancel!(operation, channel())).toBeNull()
  expect(openai.cancel!(operation, channel({ dialect: 'new-api' }))).toBeNull()
  expect(openai.cancel!(operation, channel({ dialect: 'vllm-omni' }))).toEqual({
    method: 'DELETE',
    path: '/v1/videos/v1'
  })
})

test('the retirement of sora-2 is told on OpenAI’s own host alone', () => {
  const submit = (baseUrl: string) => openai.submit(video, { ...channel(), baseUrl })
  expect(submit('https://api.openai.com')).toMatchObject({ warnings: [{ field: 'model' }] })
  expect(submit('https://upstream.example.com')).toMatchObject({ warnings: [] })
})

test('a refused submit says when to come back', () => {
  const given = { status: 429, headers: { 'retry-after': '20' }, body: { error: { message: 'Rate limit reached.' } } }
  expect(openai.submitted(given, video, channel())).toMatchObject({
    failure: { kind: 'rate_limit', retryAfterSeconds: 20 }
  })
})
