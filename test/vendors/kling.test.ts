import { describe, expect, test } from 'vitest'
import { cloudsway } from '../../src/vendors/kling/cloudsway.ts'
import { kling } from '../../src/vendors/kling/index.ts'
import { signWebhook } from '../../src/lib/standard-webhooks.ts'
import type { ChannelConfig, HttpAnswer, Vendor, VideoRequest } from '../../src/vendors/vendor.ts'
import { sentBy } from '../support/drafts.ts'

/* What the vectors cannot say of Kling's wire: lookups that find nothing or cannot tell, callbacks that are refused, probes. */

const REFERENCE = 'att_00000000000070008000000000000001'
const NOW = Date.UTC(2026, 10, 24)

const channels: Record<string, ChannelConfig> = {
  kling: { baseUrl: 'https://api-singapore.klingai.com', credential: { api_key: 'k' }, options: {} },
  cloudsway: {
    baseUrl: 'https://genaiapi.cloudsway.net',
    credential: { api_key: 'k' },
    options: { endpoint_path: 'EP' }
  }
}

const channelOf = (vendor: Vendor) => channels[vendor.id]!

const videoOf = (model: string, metadata: Record<string, unknown> = {}): VideoRequest => ({
  model,
  prompt: 'x',
  images: [],
  metadata
})

const answer = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, body })
const data = (value: unknown) => answer(200, { code: 0, message: 'SUCCEED', data: value })
const no = (status: number, code: number, message: string) => answer(status, { code, message, request_id: 'r' })

const find = (vendor: Vendor, given: HttpAnswer, video = videoOf('kling-v3')) =>
  vendor.found!(given, video, channelOf(vendor), { reference: REFERENCE, sentAt: NOW }).status

const echo = (external_task_id: string) => ({
  task_id: '1',
  task_status: 'processing',
  task_info: { external_task_id }
})

describe.each([kling, cloudsway])('$id found, legacy shape', vendor => {
  test.each([
    ['404 and 1203 about the task', no(404, 1203, 'Task not found')],
    ['200 without data', answer(200, { code: 0, message: 'SUCCEED' })],
    ['200 with null', data(null)],
    ['200 with an empty object', data({})],
    ['200 with an empty list', data([])],
    ['404 without a code', answer(404, { message: 'task not found' })]
  ])('absent: %s', (_name, given) => {
    expect(find(vendor, given)).toBe('absent')
  })

  test.each([
    ['401', no(401, 1002, 'Authorization is invalid')],
    ['403 in words', answer(403, { message: 'ip not in whitelist' })],
    ['429 rate limit', no(429, 1302, 'Too many requests')],
    ['429 empty account', no(429, 1102, 'Account balance not enough')],
    ['500', no(500, 5000, 'Server internal error')],
    ['504', no(504, 5002, 'internal timeout')],
    ['1203 by a broken server', no(500, 1203, 'Task not found')],
    ['1203 about the model', no(404, 1203, "The model 'kling-v3' has been discontinued")],
    ['404 about the endpoint', answer(404, { message: 'NO_ENDPOINT' })],
    ['404 for a wrong method', no(404, 1202, 'The requested method is invalid')],
    ['400 invalid parameter', no(400, 1201, 'invalid')],
    ['a page', answer(404, '<html>404</html>')],
    ['a page with 200', answer(200, '<html>login</html>')],
    ['nothing', answer(200, '')],
    ['half an answer', answer(200, '{"code":0,"da')],
    ['no envelope', answer(200, {})],
    ['a task without an id', data({ task_status: 'processing' })],
    ['a task of another reference', data(echo('att_00000000000070008000000000000002'))]
  ])('unclear: %s', (_name, given) => {
    expect(find(vendor, given)).toBe('unclear')
  })

  test.each([
    ['with our reference echoed', data(echo(REFERENCE))],
    ['without an echo', data(echo(''))],
    ['without task_info', data({ task_id: '1' })],
    ['the one of ours in a list', data([echo('other'), echo(REFERENCE)])]
  ])('found: %s', (_name, given) => {
    expect(find(vendor, given)).toBe('found')
  })

  test('unclear: two tasks that could both be ours', () => {
    expect(find(vendor, data([echo(REFERENCE), { ...echo(REFERENCE), task_id: '2' }]))).toBe('unclear')
  })
})

describe.each([
  { vendor: kling, model: 'kling-3.0' },
  { vendor: cloudsway, model: 'kling-3.0-turbo' }
])('$vendor.id found, standard shape', ({ vendor, model }) => {
  test.each([
    ['an empty list', data([]), 'absent'],
    ['a 404: the list itself is missing, kling.md §1', no(404, 1203, 'not found'), 'unclear'],
    ['a 404 without a code', answer(404, { message: 'not found' }), 'unclear'],
    ['another task', data([{ id: '1', status: 'processing', external_id: 'other' }]), 'unclear'],
    ['our task', data([{ id: '1', status: 'processing', external_id: REFERENCE }]), 'found']
  ])('%s', (_name, given, status) => {
    expect(find(vendor, given, videoOf(model))).toBe(status)
  })
})

describe("cloudsway found, a client's own external_task_id", () => {
  const video = videoOf('kling-v1', { external_task_id: 'gw-7' })
  test.each([
    ['created before this submit was sent', { ...echo('gw-7'), created_at: NOW - 60_000 }, 'unclear'],
    ['without a time', echo('gw-7'), 'unclear'],
    ['created after it', { ...echo('gw-7'), created_at: NOW + 400 }, 'found'],
    ['our reference, which was not sent', { ...echo(REFERENCE), created_at: NOW + 400 }, 'unclear']
  ])('%s', (_name, task, status) => {
    expect(find(cloudsway, data(task), video)).toBe(status)
  })
})

describe('kling callback', () => {
  const secret = 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI='
  const rawBody = '{"id":"1","status":"succeeded"}'
  const stamp = String(NOW / 1000)
  const signed = {
    'webhook-id': 'm',
    'webhook-timestamp': stamp,
    'webhook-signature': signWebhook(secret, 'm', stamp, rawBody)
  }
  const call = (headers: Record<string, string>, body: string, options: Record<string, unknown>, now = NOW) =>
    kling.callback!(
      { method: 'POST', path: '/callbacks/c/t', query: '', headers, rawBody: body },
      { ...channelOf(kling), options },
      now
    )

  test('with a secret only the signed one is taken', () => {
    const options = { webhook_secret: secret }
    expect(call(signed, rawBody, options)).toEqual({ status: 'accepted', upstreamId: '1' })
    expect(call(signed, rawBody.replace('"1"', '"2"'), options).status).toBe('refused')
    expect(call(signed, rawBody, options, NOW + 301_000).status).toBe('refused')
    expect(call({}, rawBody, options).status).toBe('refused')
  })

  test('without a secret it is a hint; what names no task is refused', () => {
    expect(call({}, rawBody, {})).toEqual({ status: 'accepted', upstreamId: '1' })
    expect(call({}, '{"status":"succeeded"}', {}).status).toBe('refused')
    expect(call({}, 'not json', {}).status).toBe('refused')
  })
})

describe('probed', () => {
  test.each([
    [kling, no(401, 1002, 'Authorization is invalid'), 'auth'],
    [kling, no(429, 1304, 'IP whitelist'), 'permission'],
    [kling, no(429, 1102, 'Account balance not enough'), 'insufficient_balance'],
    [kling, no(429, 1302, 'Too many requests'), undefined],
    [kling, data([]), undefined],
    [cloudsway, answer(401, { message: 'Unauthorized' }), 'auth'],
    [cloudsway, answer(400, { message: 'NO_ENDPOINT' }), 'misconfigured'],
    [cloudsway, answer(404, { message: 'not found' }), undefined],
    [cloudsway, no(404, 1203, 'Task not found'), undefined]
  ])('%# $id', (vendor, given, kind) => {
    expect(vendor.probed!(given)?.kind).toBe(kind)
  })

  test('both probes are reads', () => {
    expect(kling.probe!(channelOf(kling))).toMatchObject({ method: 'GET', path: '/v1/videos/text2video' })
    expect(cloudsway.probe!(channelOf(cloudsway))).toMatchObject({
      method: 'GET',
      path: '/v1/ai/EP/kling/videos/text2video/0'
    })
  })
})

describe('credentials and options', () => {
  test.each([
    ['AK|SK', { access_key: 'AK', secret_key: 'SK' }],
    [' api-key-kling-1 ', { api_key: 'api-key-kling-1' }],
    ['AK|', null],
    ['|SK', null],
    ['a|b|c', null],
    ['two words', null],
    ['', null]
  ])('kling reads %j', (text, fields) => {
    expect(kling.credential.parse(text)).toEqual(fields)
  })

  test('cloudsway needs its endpoint_path, and takes no option that it does not know', () => {
    expect(cloudsway.options.safeParse({}).success).toBe(false)
    expect(cloudsway.options.safeParse({ endpoint_path: 'EP' }).success).toBe(true)
    expect(cloudsway.options.safeParse({ endpoint_path: 'EP', nonsense: 1 }).success).toBe(false)
  })
})

describe('submit', () => {
  const bodyOf = (vendor: Vendor, model: string) => {
    const context = { reference: REFERENCE, callbackUrl: 'https://gw.example/callbacks/c/t' }
    const { body } = sentBy(vendor, videoOf(model), channelOf(vendor), context)
    if (!body || !('json' in body)) throw new Error('no JSON')
    return body.json
  }

  test('our reference and our callback stand where each shape keeps them', () => {
    const ours = { external_task_id: REFERENCE, callback_url: 'https://gw.example/callbacks/c/t' }
    expect(bodyOf(kling, 'kling-v3')).toEqual({ model_name: 'kling-v3', prompt: 'x', ...ours })
    expect(bodyOf(cloudsway, 'kling-v1')).toEqual({ model_name: 'kling-v1', prompt: 'x', ...ours })
    expect(bodyOf(kling, 'kling-3.0')).toEqual({ prompt: 'x', options: ours })
    expect(bodyOf(cloudsway, 'kling-3.0-turbo')).toEqual({ prompt: 'x', options: ours })
  })
})

describe('lookup asks for what was sent', () => {
  const lookup = (vendor: Vendor, video: VideoRequest) =>
    vendor.lookup!(video, channelOf(vendor), { reference: REFERENCE, sentAt: NOW })

  test.each([
    [kling, videoOf('kling-v3'), `/v1/videos/text2video/${REFERENCE}`, undefined],
    [kling, videoOf('kling-v3-omni'), `/v1/videos/omni-video/${REFERENCE}`, undefined],
    [kling, videoOf('kling-v3', { external_task_id: 'theirs' }), `/v1/videos/text2video/${REFERENCE}`, undefined],
    [kling, videoOf('kling-3.0'), '/tasks', { external_task_ids: REFERENCE }],
    [cloudsway, videoOf('kling-v1'), `/v1/ai/EP/kling/videos/text2video/${REFERENCE}`, undefined],
    [cloudsway, videoOf('kling-v1', { external_task_id: 'gw-7' }), '/v1/ai/EP/kling/videos/text2video/gw-7', undefined],
    [cloudsway, videoOf('kling-3.0-turbo'), '/v1/ai/EP/kling/videos/tasks', { external_task_ids: REFERENCE }]
  ])('%# $id', (vendor, video, path, query) => {
    expect(lookup(vendor, video)).toEqual({ method: 'GET', path, ...(query && { query }) })
  })
})
