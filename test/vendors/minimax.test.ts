import { describe, expect, test } from 'vitest'
import { minimax } from '../../src/vendors/minimax/index.ts'
import {
  answer,
  channelAt,
  imagesOf,
  lookupContext,
  refusedParam,
  seconds,
  sentBody,
  sized,
  videoOf
} from './listed.ts'
import { draftOf, sentBy } from '../support/drafts.ts'

/* What the vectors cannot say of MiniMax: lookups that find nothing or cannot tell, callbacks, cancels that v1 lacks, the probe. */

const channel = channelAt('https://api.minimax.io')
const video = videoOf('MiniMax-H3', { seconds: 6, size: '1366x768', width: 1366, height: 768 })

const listed = (id: string, rest: Record<string, unknown> = {}) => ({
  id,
  model: 'MiniMax-H3',
  status: 'running',
  created_at: seconds(1),
  duration: 6,
  ratio: '16:9',
  resolution: '768P',
  task_type: 'generation',
  usage: {},
  ...rest
})

const list = (...items: unknown[]) => ({ items, total: items.length })
const find = (body: unknown, status = 200, wish = video) =>
  minimax.found!(answer(body, status), wish, channel, lookupContext).status

describe('minimax v2 found', () => {
  test('found: one task of that time with those settings', () => {
    expect(find(list(listed('1'), listed('2', { duration: 5 })))).toBe('found')
  })

  test('found: frames were sent with an adaptive ratio, and any ratio may have come of it', () => {
    const wish = videoOf('MiniMax-H3', { seconds: 6, images: [{ source: 'https://x.example/a.png', role: 'first' }] })
    expect(find(list(listed('1', { ratio: '3:4' })), 200, wish)).toBe('found')
    expect(find(list(listed('1', { ratio: '' })), 200, wish)).toBe('found')
  })

  test.each([
    ['an empty list', list()],
    ['only older tasks', list(listed('1', { created_at: seconds(-3600) }))],
    ['only other settings', list(listed('1', { resolution: '2K' }))]
  ])('absent: %s', (_name, body) => {
    expect(find(body)).toBe('absent')
  })

  test.each([
    ['two tasks alike', list(listed('1'), listed('2'))],
    ['a full page without it', list(...Array.from({ length: 100 }, (_, i) => listed(`${i}`, { duration: 5 })))],
    ['a task that cannot be read', list({ status: 'running' })],
    ['no list', { ok: true }]
  ])('unclear: %s', (_name, body) => {
    expect(find(body)).toBe('unclear')
  })

  test('unclear: HTTP 500', () => {
    expect(find({ type: 'error', error: { type: 'server_error', message: 'internal error (1000)' } }, 500)).toBe(
      'unclear'
    )
    expect(find(list(listed('1')), 500)).toBe('unclear')
  })
})

test('minimax v1 tasks are in no list: a lookup never says absent', () => {
  expect(find(list(), 200, videoOf('MiniMax-Hailuo-2.3'))).toBe('unclear')
})

test('minimax v1 cannot cancel', () => {
  const accepted = minimax.submitted(answer({ task_id: '1' }), videoOf('MiniMax-Hailuo-2.3'), channel)
  if (accepted.status !== 'accepted') throw new Error('not accepted')
  expect(minimax.cancel!(accepted.operation, channel)).toBeNull()
})

test.each(['MiniMax-H3', 'MiniMax-Hailuo-2.3'])('minimax %s hands over the callback address', model => {
  const wish = videoOf(model, { metadata: { callback_url: 'https://evil.example.com' } })
  const context = { reference: 'att_1', callbackUrl: 'https://gw.example.com/callbacks/c/t' }
  expect(sentBy(minimax, wish, channel, context)).toMatchObject({
    body: { json: { callback_url: context.callbackUrl } }
  })
})

const call = (rawBody: string) =>
  minimax.callback!({ method: 'POST', path: '/callbacks/c/t', query: '', headers: {}, rawBody }, channel, 0)

test.each([['{"ok":true}'], ['not json'], [''], ['{"task_id":""}'], ['{"task":{"id":""}}']])(
  'minimax callback refuses %s',
  rawBody => {
    expect(call(rawBody)).toMatchObject({ status: 'refused' })
  }
)

test('minimax callback keeps a bare integer id to the digit', () => {
  expect(call('{"task_id":9007199254740993,"status":"success"}')).toEqual({
    status: 'accepted',
    upstreamId: '9007199254740993'
  })
})

test('minimax overloaded is a sure no: the task is not there', () => {
  const body = { type: 'error', error: { type: 'overloaded_error', message: 'overloaded (1000)', http_code: '529' } }
  const refused = minimax.submitted(answer(body, 529), video, channel)
  expect(refused).toMatchObject({ status: 'rejected', failure: { kind: 'server' } })
  expect(refused).not.toHaveProperty('outcomeUnknown')
})

test('minimax v1 refusals on HTTP 200 are sure', () => {
  const body = { task_id: '', base_resp: { status_code: 1002, status_msg: 'rate limit' } }
  expect(minimax.submitted(answer(body), videoOf('T2V-01'), channel)).toEqual({
    status: 'rejected',
    failure: { kind: 'rate_limit', message: 'rate limit', code: '1002' }
  })
})

test('minimax probe lists one task, which costs nothing', () => {
  expect(minimax.probe!(channel)).toMatchObject({ method: 'GET', path: '/v2/query/video_generation' })
})

test('minimax says what came of a finished task', () => {
  const v2 = minimax.submitted(answer({ task_id: '1' }), video, channel)
  if (v2.status !== 'accepted') throw new Error('not accepted')
  const done = { task: listed('1', { status: 'succeeded', content: { url: 'https://x.example/v.mp4' } }) }
  expect(minimax.polled(answer(done), v2.operation, channel)).toEqual({
    status: 'succeeded',
    videos: [{ at: { url: 'https://x.example/v.mp4' }, seconds: 6, fps: 24 }]
  })
})

/* platform.minimax.io, pages of each mode: legal and illegal seconds, prompt limit. */
test.each([
  ['MiniMax-H3', [4, 15], [3, 16], 7000, []],
  ['MiniMax-H3-Max', [5, 15], [4, 16], 7000, []],
  ['MiniMax-Hailuo-2.3', [6, 10], [5, 8, 12], 2000, []],
  ['MiniMax-Hailuo-2.3-Fast', [6, 10], [8], 2000, ['first']],
  ['MiniMax-Hailuo-02', [6, 10], [8], 2000, []],
  ['T2V-01', [6], [10], 2000, []],
  ['T2V-01-Director', [6], [10], 2000, []],
  ['I2V-01', [6], [10], 2000, ['first']],
  ['I2V-01-Director', [6], [10], 2000, ['first']],
  ['I2V-01-live', [6], [10], 2000, ['first']],
  ['S2V-01', [], [], 2000, ['reference']]
] as const)(
  'minimax %s makes %j seconds, not %j, from at most %i characters',
  (model, legal, illegal, limit, roles) => {
    const param = (rest: Parameters<typeof videoOf>[1]) =>
      refusedParam(minimax, channel, videoOf(model, { images: imagesOf(...roles), ...rest }))
    expect(legal.map(wish => param({ seconds: wish }))).toEqual(legal.map(() => null))
    expect(illegal.map(wish => param({ seconds: wish }))).toEqual(illegal.map(() => 'duration'))
    expect(param({ prompt: 'a'.repeat(limit) })).toBeNull()
    expect(param({ prompt: 'a'.repeat(limit + 1) })).toBe('prompt')
    if (roles.length) expect(param({ images: [] })).toBe('image')
  }
)

test.each([
  ['MiniMax-H3', '1366x768', '768P'],
  ['MiniMax-H3', '1280x720', '768P'],
  ['MiniMax-H3', '2560x1440', '2K'],
  ['MiniMax-H3-Max', '854x480', '480P'],
  ['MiniMax-H3-Turbo', '854x480', '480P'],
  ['MiniMax-H3-Turbo', '1366x768', '768P'],
  ['MiniMax-H3-Turbo', '2560x1440', '2K'],
  ['MiniMax-Hailuo-2.3', '1366x768', '768P'],
  ['MiniMax-Hailuo-2.3', '1920x1080', '1080P'],
  ['MiniMax-Hailuo-02', '1920x1080', '1080P'],
  ['video-01', '1280x720', '720P'],
  ['video-01', '1920x1080', '1080P']
])('minimax %s makes %s as %s, without a warning', (model, size, resolution) => {
  const { json, warned } = sentBody(minimax, channel, videoOf(model, sized(size)))
  expect(json).toMatchObject({ resolution })
  expect(warned).toEqual([])
})

test.each([
  ['MiniMax-H3', '854x480', '768P'],
  ['MiniMax-H3', '1920x1080', '2K'],
  ['MiniMax-Hailuo-2.3', '854x480', '768P'],
  ['MiniMax-Hailuo-2.3', '3840x2160', '1080P']
])('minimax %s makes %s as %s, and says so', (model, size, resolution) => {
  const { json, warned } = sentBody(minimax, channel, videoOf(model, sized(size)))
  expect(json).toMatchObject({ resolution })
  expect(warned).toEqual(['size'])
})

test.each(['T2V-01', 'T2V-01-Director', 'I2V-01', 'I2V-01-Director', 'I2V-01-live'])(
  '%s has one length and one resolution, and is sent neither',
  model => {
    const image = { source: 'https://assets.example.com/a.png', role: 'first' as const }
    const request = {
      ...videoOf(model, sized('1280x720')),
      seconds: 6,
      ...(!model.startsWith('T2V') && { images: [image] })
    }
    const { json } = sentBody(minimax, channel, request)
    expect(json).not.toHaveProperty('duration')
    expect(json).not.toHaveProperty('resolution')
    expect(draftOf(minimax, request, channel).billing).toMatchObject({ seconds: 6, resolution: '720P' })
  }
)

test('minimax v1 reports a size that the first frame overrules', () => {
  const wish = videoOf('MiniMax-Hailuo-2.3', { ...sized('1080x1920'), images: imagesOf('first') })
  expect(sentBody(minimax, channel, wish).warned).toEqual(['size'])
})

test('minimax failures have a text for people also when the vendor gives none', () => {
  const polled = (task: object) =>
    minimax.polled(answer({ task: { id: '1', ...task } }), { api: 'v2', id: '1' }, channel)
  const failed = (error?: unknown) => polled({ status: 'failed', error })
  expect(failed({ code: '1033', message: 'boom' })).toMatchObject({ failure: { message: 'boom' } })
  expect(failed({ code: '1033' })).toMatchObject({ failure: { message: '1033' } })
  expect(failed()).toMatchObject({ failure: { message: 'The generation failed, and the vendor gave no reason.' } })
  expect(polled({ status: 'cancelled', error: { message: 'by you' } })).toMatchObject({
    failure: { message: 'by you' }
  })
  expect(polled({ status: 'cancelled' })).toMatchObject({
    failure: { message: 'The task was cancelled at the vendor.' }
  })
  const refused = (error: unknown) => minimax.submitted(answer({ type: 'error', error }, 400), video, channel)
  expect(refused({ type: 'bad_request_error', message: 'boom (2013)' })).toMatchObject({
    failure: { message: 'boom (2013)' }
  })
  expect(refused({ type: 'bad_request_error' })).toMatchObject({ failure: { message: 'bad_request_error' } })
})

test('minimax says when a plan that is used up can be used again', () => {
  const headers = { date: 'Mon, 30 Nov 2026 10:00:00 GMT' }
  const base_resp = { status_code: 2056, status_msg: 'usage limit exceeded, resets at 2026-11-30T12:00:00Z' }
  const refused = minimax.submitted({ status: 200, headers, body: { base_resp } }, videoOf('T2V-01'), channel)
  expect(refused).toMatchObject({ failure: { kind: 'insufficient_balance', retryAfterSeconds: 7200 } })
})
