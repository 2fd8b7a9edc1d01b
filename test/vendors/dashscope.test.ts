import { describe, expect, test } from 'vitest'
import { dashscope } from '../../src/vendors/dashscope/index.ts'
import {
  answer,
  channelAt,
  imagesOf,
  lookupContext,
  refusedParam,
  SENT_AT,
  sentBody,
  sized,
  videoOf
} from './listed.ts'

/* What the vectors cannot say of DashScope: lookups that find nothing or cannot tell, sure refusals on a 503, the probe. */

const channel = channelAt('https://dashscope-intl.aliyuncs.com')
const video = videoOf('wan2.6-t2v')

const listed = (task_id: string, rest: Record<string, unknown> = {}) => ({
  task_id,
  status: 'RUNNING',
  model_name: 'wan2.6-t2v',
  start_time: SENT_AT + 1000,
  ...rest
})

const list = (...data: unknown[]) => ({ data, total: data.length, total_page: 1, page_no: 1, page_size: 100 })
const find = (body: unknown, status = 200) =>
  dashscope.found!(answer(body, status), video, channel, lookupContext).status

describe('dashscope found', () => {
  test('found: one task of that time and model, its time in milliseconds or as text', () => {
    expect(find(list(listed('1')))).toBe('found')
    expect(find(list(listed('1', { start_time: String(SENT_AT) })))).toBe('found')
  })

  test.each([
    ['an empty list', list()],
    ['only older tasks', list(listed('1', { start_time: SENT_AT - 3_600_000 }))],
    ['only other models', list(listed('1', { model_name: 'wan3.0-video' }))]
  ])('absent: %s', (_name, body) => {
    expect(find(body)).toBe('absent')
  })

  test.each([
    ['two tasks alike', list(listed('1'), listed('2'))],
    ['an empty list that does not say it is whole', { data: [] }],
    ['more pages without it', { ...list(), total_page: 2 }],
    ['a task without a time', list(listed('1', { start_time: null }))],
    ['a time in another form', list(listed('1', { start_time: '2026-11-24 12:00:00' }))],
    ['no list', { ok: true }]
  ])('unclear: %s', (_name, body) => {
    expect(find(body)).toBe('unclear')
  })

  test('unclear: HTTP 429', () => {
    expect(find({ code: 'Throttling', message: 'x' }, 429)).toBe('unclear')
    expect(find(list(listed('1')), 429)).toBe('unclear')
  })
})

test.each(['ModelServingError', 'ModelUnavailable'])('dashscope 503 %s is a sure no', code => {
  const refused = dashscope.submitted(answer({ code, message: 'x' }, 503), video, channel)
  expect(refused).toEqual({ status: 'rejected', failure: { kind: 'server', message: 'x', code }, sure: true })
})

test('dashscope 503 without a code leaves the outcome open', () => {
  expect(dashscope.submitted(answer('<html>', 503), video, channel)).toMatchObject({ outcomeUnknown: true })
})

test('dashscope lookup asks for the model, and names no time whose zone nobody documents', () => {
  expect(dashscope.lookup!(video, channel, lookupContext)).toEqual({
    method: 'GET',
    path: '/api/v1/tasks/',
    query: { page_no: '1', page_size: '100', model_name: 'wan2.6-t2v' }
  })
})

test('dashscope forgets the unknowns once the task is known again', () => {
  const known = { output: { task_status: 'PENDING' } }
  expect(dashscope.polled(answer(known), { id: '1', unknown: 2 }, channel)).toEqual({
    status: 'queued',
    operation: { id: '1' }
  })
  expect(dashscope.polled(answer(known), { id: '1' }, channel)).toEqual({ status: 'queued' })
})

test('dashscope probe lists one task, which costs nothing', () => {
  expect(dashscope.probe!(channel)).toMatchObject({ method: 'GET', path: '/api/v1/tasks/', query: { page_size: '1' } })
})

test('dashscope says what came of a finished task', () => {
  const output = { task_status: 'SUCCEEDED', video_url: 'https://x.example/v.mp4' }
  const polled = (usage: unknown) => dashscope.polled(answer({ output, usage }), { id: '1' }, channel)
  const succeeded = (facts: Record<string, number>) => ({
    status: 'succeeded',
    videos: [{ at: { url: 'https://x.example/v.mp4' }, expiresInSeconds: 86_400, ...facts }]
  })
  // with reference videos `duration` counts their seconds too
  expect(polled({ duration: 10, output_video_duration: 5, fps: 24 })).toEqual(succeeded({ seconds: 5, fps: 24 }))
  expect(polled({ video_duration: 5 })).toEqual(succeeded({ seconds: 5 }))
  expect(polled(null)).toEqual(succeeded({}))
})

/* Model Studio, Wan and HappyHorse API references: legal and illegal seconds, prompt limit, what it needs, most references. */
test.each([
  ['wan3.0-video', [2, 30], [1, 31], 20_000, [], 10],
  ['wan3.0-video-prime', [2, 30], [1, 31], 20_000, [], 10],
  ['wan2.7-t2v', [2, 15], [1, 16], 5000, [], 0],
  ['wan2.7-i2v', [2, 15], [1, 16], 5000, ['first'], 0],
  ['wan2.7-r2v', [2, 10], [1, 11], 5000, ['reference'], 5],
  ['wan2.6-t2v', [2, 15], [1, 16], 1500, [], 0],
  ['wan2.6-i2v', [2, 15], [1, 16], 1500, ['first'], 0],
  ['wan2.6-i2v-flash', [2, 15], [1, 16], 1500, ['first'], 0],
  ['wan2.6-r2v', [2, 10], [1, 11], 1500, ['reference'], 5],
  ['wan2.6-r2v-flash', [2, 10], [1, 11], 1500, ['reference'], 5],
  ['wan2.5-t2v-preview', [5, 10], [4, 7, 15], 1500, [], 0],
  ['wan2.5-i2v-preview', [5, 10], [4, 7, 15], 1500, ['first'], 0],
  ['wan2.2-t2v-plus', [5], [4, 10], 800, [], 0],
  ['wan2.2-i2v-plus', [5], [4, 10], 800, ['first'], 0],
  ['wan2.2-i2v-flash', [5], [4, 10], 800, ['first'], 0],
  ['wan2.2-kf2v-flash', [5], [4, 10], 800, ['first'], 0],
  ['wanx2.1-t2v-turbo', [5], [4, 10], 800, [], 0],
  ['wanx2.1-i2v-turbo', [3, 4, 5], [2, 6], 800, ['first'], 0],
  ['wanx2.1-kf2v-plus', [5], [4, 10], 800, ['first', 'last'], 0],
  ['happyhorse-1.1-t2v', [3, 15], [2, 16], 0, [], 0],
  ['happyhorse-1.0-i2v', [3, 15], [2, 16], 0, ['first'], 0],
  ['happyhorse-1.1-r2v', [3, 15], [2, 16], 0, ['reference'], 9]
] as const)(
  'dashscope %s makes %j seconds, not %j, from at most %i characters',
  (model, legal, illegal, limit, needs, most) => {
    const param = (rest: Parameters<typeof videoOf>[1]) =>
      refusedParam(dashscope, channel, videoOf(model, { images: imagesOf(...needs), ...rest }))
    expect(legal.map(wish => param({ seconds: wish }))).toEqual(legal.map(() => null))
    expect(illegal.map(wish => param({ seconds: wish }))).toEqual(illegal.map(() => 'duration'))
    if (limit) {
      expect(param({ prompt: 'a'.repeat(limit) })).toBeNull()
      expect(param({ prompt: 'a'.repeat(limit + 1) })).toBe('prompt')
    }
    if (needs.length) expect(param({ images: [] })).toMatch(/^images?$/)
    if (most) expect(param({ images: imagesOf(...Array(most).fill('reference')) })).toBeNull()
    expect(param({ images: imagesOf(...Array(most + 1).fill('reference')) })).toMatch(/^images?$/)
  }
)

/* Model Studio, Wan API references: what each model makes of a size. */
test.each([
  ['wan2.6-t2v', '1280x720', { size: '1280*720' }],
  ['wan2.6-t2v', '1632x1248', { size: '1632*1248' }],
  ['wan2.5-t2v-preview', '832x480', { size: '832*480' }],
  ['wan2.5-t2v-preview', '960x960', { size: '960*960' }],
  ['wan2.5-t2v-preview', '1080x1920', { size: '1080*1920' }],
  ['wan2.2-t2v-plus', '480x832', { size: '480*832' }],
  ['wan2.2-t2v-plus', '1920x1080', { size: '1920*1080' }],
  ['wan2.1-t2v-turbo', '1280x720', { size: '1280*720' }],
  ['wan2.1-t2v-plus', '720x1280', { size: '720*1280' }],
  ['happyhorse-1.1-t2v', '1920x1080', { resolution: '1080P', ratio: '16:9' }],
  ['wan4.0-video', '832x480', { resolution: '480P', ratio: '16:9' }],
  ['wan4.0-video', '1920x1080', { resolution: '1080P', ratio: '16:9' }]
])('dashscope %s makes %s as %j, without a warning', (model, size, parameters) => {
  expect(sentBody(dashscope, channel, videoOf(model, sized(size)))).toMatchObject({ json: { parameters }, warned: [] })
})

test.each([
  ['wan2.6-i2v', '1280x720', '720P'],
  ['wan2.5-i2v-preview', '832x480', '480P'],
  ['wan2.2-i2v-plus', '832x480', '480P'],
  ['wan2.2-i2v-plus', '1920x1080', '1080P'],
  ['wan2.2-i2v-flash', '832x480', '480P'],
  ['wan2.2-i2v-flash', '1280x720', '720P'],
  ['wan2.2-i2v-flash', '1920x1080', '1080P'],
  ['wan2.2-kf2v-flash', '832x480', '480P'],
  ['wan2.2-kf2v-flash', '1920x1080', '1080P'],
  ['wan2.1-i2v-turbo', '832x480', '480P'],
  ['wan2.1-i2v-turbo', '1280x720', '720P'],
  ['wan2.1-i2v-plus', '1280x720', '720P'],
  ['wan2.1-kf2v-plus', '1280x720', '720P']
])('dashscope %s makes %s as %s, in the shape of its first frame', (model, size, resolution) => {
  const wish = videoOf(model, { ...sized(size), images: imagesOf('first') })
  expect(sentBody(dashscope, channel, wish)).toMatchObject({ json: { parameters: { resolution } }, warned: ['size'] })
})

test('dashscope refuses a cancel that is too late without calling it a failure, and names any other reason', () => {
  const cancelled = (code: string) => dashscope.cancelled!(answer({ code, message: 'x' }, 400), { id: '1' })
  expect(cancelled('UnsupportedOperation')).toEqual({ status: 'unchanged' })
  expect(cancelled('InvalidApiKey')).toMatchObject({ status: 'unchanged', failure: { kind: 'auth' } })
})

test('dashscope failures have a text for people also when the vendor gives none', () => {
  const polled = (output: object) => dashscope.polled(answer({ output }), { id: '1' }, channel)
  const failed = (rest: object) => polled({ task_status: 'FAILED', ...rest })
  expect(failed({ code: 'InternalError', message: 'boom' })).toMatchObject({ failure: { message: 'boom' } })
  expect(failed({ code: 'InternalError' })).toMatchObject({ failure: { message: 'InternalError' } })
  expect(failed({})).toMatchObject({ failure: { message: 'The generation failed, and the vendor gave no reason.' } })
  expect(polled({ task_status: 'CANCELED', message: 'by you' })).toMatchObject({ failure: { message: 'by you' } })
  expect(polled({ task_status: 'CANCELED' })).toMatchObject({
    failure: { message: 'The task was cancelled at the vendor.' }
  })
})
