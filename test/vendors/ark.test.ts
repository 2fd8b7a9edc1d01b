import { describe, expect, test } from 'vitest'
import { ark } from '../../src/vendors/ark/index.ts'
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
import { sentBy } from '../support/drafts.ts'

/* What the vectors cannot say of Ark: lookups that find nothing or cannot tell, callbacks, the callback address, the probe. */

const channel = channelAt('https://ark.cn-beijing.volces.com')
const MODEL = 'doubao-seedance-2-0-260128'
const video = videoOf(MODEL, { seconds: 5, size: '1280x720', width: 1280, height: 720 })

const listed = (id: string, rest: Record<string, unknown> = {}) => ({
  id,
  model: MODEL,
  status: 'running',
  created_at: seconds(1),
  duration: 5,
  ratio: '16:9',
  resolution: '720p',
  ...rest
})

const find = (body: unknown, status = 200) => ark.found!(answer(body, status), video, channel, lookupContext).status
const list = (...items: unknown[]) => ({ items, total: items.length })

describe('ark found', () => {
  test('found: one task of that time with those settings', () => {
    expect(find(list(listed('cgt-1'), listed('cgt-2', { duration: 10 })))).toBe('found')
  })

  test.each([
    ['an empty list', list()],
    ['only older tasks', list(listed('cgt-1', { created_at: seconds(-3600) }))],
    ['only later tasks', list(listed('cgt-1', { created_at: seconds(3600) }))],
    ['only other settings', list(listed('cgt-1', { resolution: '1080p' }))]
  ])('absent: %s', (_name, body) => {
    expect(find(body)).toBe('absent')
  })

  test.each([
    ['two tasks alike', list(listed('cgt-1'), listed('cgt-2'))],
    ['a full page without it', list(...Array.from({ length: 100 }, (_, i) => listed(`cgt-${i}`, { duration: 10 })))],
    ['one a little too old to be ours', list(listed('cgt-1', { created_at: seconds(-120) }))],
    ['one a little too late to be ours', list(listed('cgt-1', { created_at: seconds(600) }))],
    ['a task without a time', list(listed('cgt-1', { created_at: null }))],
    ['a task that cannot be read', list({ status: 'running' })],
    ['no list', { ok: true }],
    ['HTML', '<html>']
  ])('unclear: %s', (_name, body) => {
    expect(find(body)).toBe('unclear')
  })

  test.each([401, 429, 500])('unclear: HTTP %i', status => {
    expect(find({ error: { code: 'AuthenticationError', message: 'no' } }, status)).toBe('unclear')
    expect(find(list(listed('cgt-1')), status)).toBe('unclear')
  })

  test('found also when metadata.resolution or a seed decides', () => {
    const wish = videoOf('doubao-seedance-1-0-pro-250528', { seed: 7, metadata: { resolution: '480p' } })
    const body = list(
      listed('cgt-1', { resolution: '480p', seed: 8 }),
      listed('cgt-2', { resolution: '480p', seed: 7 }),
      listed('cgt-3', { resolution: '720p', seed: 7 })
    )
    expect(ark.found!(answer(body), wish, channel, lookupContext)).toMatchObject({
      status: 'found',
      accepted: { upstreamId: 'cgt-2' },
      polled: { status: 'running' }
    })
  })
})

test('ark lookup names the model, and the tier when it is not the default one', () => {
  expect(ark.lookup!(video, channel, lookupContext)?.query).toEqual({
    page_num: '1',
    page_size: '100',
    'filter.model': MODEL
  })
  const flex = videoOf(MODEL, { metadata: { service_tier: 'flex' } })
  expect(ark.lookup!(flex, channel, lookupContext)?.query).toMatchObject({ 'filter.service_tier': 'flex' })
})

test('ark submit hands over the callback address, and the client cannot replace it', () => {
  const wish = videoOf(MODEL, { metadata: { callback_url: 'https://evil.example.com' } })
  const context = { reference: 'att_1', callbackUrl: 'https://gw.example.com/callbacks/c/t' }
  expect(sentBy(ark, wish, channel, context)).toMatchObject({ body: { json: { callback_url: context.callbackUrl } } })
})

test.each([['{"ok":true}'], ['not json'], [''], ['{"id":""}']])('ark callback refuses %s', rawBody => {
  const request = { method: 'POST', path: '/callbacks/c/t', query: '', headers: {}, rawBody }
  expect(ark.callback!(request, channel, 0)).toMatchObject({ status: 'refused' })
})

test('ark 429 carries its retry-after', () => {
  const refused = ark.submitted(
    { status: 429, headers: { 'retry-after': '30' }, body: { error: { code: 'RequestBurstTooFast' } } },
    video,
    channel
  )
  expect(refused).toMatchObject({ status: 'rejected', failure: { kind: 'rate_limit', retryAfterSeconds: 30 } })
})

test('ark probe lists one task, which costs nothing', () => {
  expect(ark.probe!(channel)).toEqual({
    method: 'GET',
    path: '/api/v3/contents/generations/tasks',
    query: { page_num: '1', page_size: '1' }
  })
})

test('ark says what came of a finished task', () => {
  const done = {
    id: 'cgt-1',
    status: 'succeeded',
    content: { video_url: 'https://x.example/v.mp4' },
    usage: { completion_tokens: 108_000, total_tokens: 108_001 },
    seed: 42,
    duration: 5,
    framespersecond: 24
  }
  expect(ark.polled(answer(done), { id: 'cgt-1' }, channel)).toEqual({
    status: 'succeeded',
    videos: [{ at: { url: 'https://x.example/v.mp4' }, expiresInSeconds: 86_400, seconds: 5, fps: 24 }],
    cost: { amount: 108_000, currency: 'ark-tokens' },
    seed: 42
  })
})

/* Ark and ModelArk, model list: seconds, most references (others.md §3). */
test.each([
  ['doubao-seedance-2-5-260628', 4, 30, 30],
  ['dreamina-seedance-2-5-260628', 4, 30, 30],
  ['doubao-seedance-2-0-260128', 4, 15, 9],
  ['doubao-seedance-2-0-fast-260128', 4, 15, 9],
  ['doubao-seedance-2-0-mini-260615', 4, 15, 9],
  ['doubao-seedance-1-5-pro-251215', 4, 12, 0],
  ['doubao-seedance-1-0-pro-250528', 2, 12, 0],
  ['seedance-1-0-pro-250528', 2, 12, 0],
  ['doubao-seedance-1-0-pro-fast-251015', 2, 12, 0],
  ['doubao-seedance-1-0-lite-t2v-250428', 2, 12, 0],
  ['doubao-seedance-1-0-lite-i2v-250428', 2, 12, 4]
])('ark %s makes %i to %i seconds from at most %i references', (model, min, max, most) => {
  const param = (rest: Parameters<typeof videoOf>[1]) => refusedParam(ark, channel, videoOf(model, rest))
  expect([min, max].map(wish => param({ seconds: wish }))).toEqual([null, null])
  expect([min - 1, max + 1].map(wish => param({ seconds: wish }))).toEqual(['duration', 'duration'])
  const references = (count: number) => param({ images: imagesOf(...Array(count).fill('reference')) })
  expect(references(most)).toBeNull()
  expect(references(most + 1)).toMatch(/^images?$/)
})

test.each([
  ['doubao-seedance-2-0-260128', true],
  ['doubao-seedance-1-5-pro-251215', true],
  ['doubao-seedance-1-0-pro-250528', true],
  ['doubao-seedance-1-0-lite-i2v-250428', true],
  ['doubao-seedance-1-0-pro-fast-251015', false]
])('ark %s takes a last frame: %s', (model, takes) => {
  expect(refusedParam(ark, channel, videoOf(model, { images: imagesOf('first', 'last') })) === null).toBe(takes)
})

test.each([
  ['doubao-seedance-2-5-260628', '854x480', '480p'],
  ['doubao-seedance-2-5-260628', '1920x1080', '1080p'],
  ['doubao-seedance-2-0-260128', '3840x2160', '4k'],
  ['doubao-seedance-2-0-fast-260128', '1280x720', '720p'],
  ['doubao-seedance-1-0-pro-250528', '854x480', '480p'],
  ['ep-20260101000000-abcde', '854x480', '480p'],
  ['ep-20260101000000-abcde', '1920x1080', '1080p'],
  ['ep-20260101000000-abcde', '3840x2160', '4k']
])('ark %s makes %s as %s, without a warning', (model, size, resolution) => {
  const { json, warned } = sentBody(ark, channel, videoOf(model, sized(size)))
  expect(json).toMatchObject({ resolution, ratio: '16:9' })
  expect(warned).toEqual([])
})

test('ark failures have a text for people also when the vendor gives none', () => {
  const failed = (error: unknown) => ark.polled(answer({ id: '1', status: 'failed', error }), { id: '1' }, channel)
  expect(failed({ code: 'InternalServiceError', message: 'boom' })).toMatchObject({ failure: { message: 'boom' } })
  expect(failed({ code: 'InternalServiceError' })).toMatchObject({ failure: { message: 'InternalServiceError' } })
  expect(failed(null)).toMatchObject({ failure: { message: 'The generation failed, and the vendor gave no reason.' } })
})
