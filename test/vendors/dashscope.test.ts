import { describe, expect, test } from 'vitest'
import { dashscope } from '../../src/vendors/dashscope.ts'
import { answer, channelAt, lookupContext, SENT_AT, videoOf } from './listed.ts'

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
    ['only older tasks', list(listed('1', { start_time: SENT_AT - 120_000 }))],
    ['only other models', list(listed('1', { model_name: 'wan3.0-video' }))]
  ])('absent: %s', (_name, body) => {
    expect(find(body)).toBe('absent')
  })

  test.each([
    ['two tasks alike', list(listed('1'), listed('2'))],
    ['more pages without it', { ...list(), total_page: 2 }],
    ['a task without a time', list(listed('1', { start_time: null }))],
    ['a time in another form', list(listed('1', { start_time: '2026-11-24 12:00:00' }))],
    ['no list', { ok: true }]
  ])('unclear: %s', (_name, body) => {
    expect(find(body)).toBe('unclear')
  })

  test('unclear: HTTP 429', () => {
    expect(find({ code: 'Throttling', message: 'x' }, 429)).toBe('unclear')
  })
})

test.each(['ModelServingError', 'ModelUnavailable'])('dashscope 503 %s is a sure no', code => {
  const refused = dashscope.submitted(answer({ code, message: 'x' }, 503), video, channel)
  expect(refused).toEqual({ status: 'rejected', failure: { kind: 'server', message: 'x', code } })
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
