import { describe, expect, test } from 'vitest'
import { azure } from '../../src/vendors/openai/azure.ts'
import type { ChannelConfig, HttpAnswer, VideoRequest } from '../../src/vendors/vendor.ts'

/* What the vectors cannot say: lookups without a find, more than one video, a cancel that does not exist. */

const sentAt = Date.UTC(2025, 10, 24, 16)
const sent = sentAt / 1000
const context = { reference: 'att_1', sentAt }
const video: VideoRequest = { model: 'my-sora', prompt: 'A cat', images: [], seconds: 4, metadata: {} }
const channel = (dialect: string): ChannelConfig => ({
  baseUrl: 'https://res.openai.azure.com',
  credential: { api_key: 'test-key' },
  options: { dialect }
})
const answer = (body: unknown): HttpAnswer => ({ status: 200, headers: {}, body })
const list = (...data: unknown[]) => answer({ object: 'list', data, has_more: false })
const v1 = { id: 'video_1', status: 'queued', model: 'sora-2', created_at: sent + 1, prompt: 'A cat', seconds: '4' }
const job = { id: 'task_1', status: 'queued', model: 'my-sora', created_at: sent + 1, prompt: 'A cat', n_seconds: 4 }

describe('azure found', () => {
  test.each([
    ['azure-v1', 'no job', list(), 'absent'],
    ['azure-v1', 'another prompt', list({ ...v1, prompt: 'A dog' }), 'absent'],
    ['azure-v1', 'two that fit', list(v1, { ...v1, id: 'video_2' }), 'unclear'],
    ['azure-v1', 'an error', { ...answer({ error: { code: '429', message: 'slow down' } }), status: 429 }, 'unclear'],
    ['azure-jobs', 'no job', list(), 'absent'],
    ['azure-jobs', 'another deployment', list({ ...job, model: 'other' }), 'unclear'],
    ['azure-jobs', 'another length', list({ ...job, n_seconds: 5 }), 'unclear'],
    ['azure-jobs', 'two that fit', list(job, { ...job, id: 'task_2' }), 'unclear']
  ])('%s, %s: %3$s', (dialect, _title, given, status) => {
    expect(azure.found!(given, video, channel(dialect), context)).toEqual({ status })
  })
})

test('every variant of a job is a video', () => {
  const generations = [{ id: 'gen_1', n_seconds: 5, width: 480, height: 480 }, { id: 'gen_2' }]
  const polled = azure.polled(
    answer({ ...job, status: 'succeeded', generations, expires_at: 1764086500 }),
    { id: 'task_1', api: 'azure-jobs' },
    channel('azure-jobs')
  )
  const content = (id: string) => ({
    method: 'GET',
    path: `/openai/v1/video/generations/${id}/content/video`,
    query: { 'api-version': 'preview' }
  })
  expect(polled).toEqual({
    status: 'succeeded',
    videos: [
      { at: { fetch: content('gen_1') }, expiresAt: 1764086500, seconds: 5, width: 480, height: 480 },
      { at: { fetch: content('gen_2') }, expiresAt: 1764086500 }
    ]
  })
})

test('a video of the v1 API cannot be cancelled', () => {
  expect(azure.cancel!({ id: 'video_1', api: 'azure-v1' }, channel('azure-v1'))).toBeNull()
})

test('characters are made by azure-v1 alone, and only where the channel says so', () => {
  const taking = (options: object) =>
    azure.limits!(video, { ...channel('azure-v1'), options: { ...options } }).characters
  expect([taking({}), taking({ characters: true }), taking({ characters: true, dialect: 'azure-jobs' })]).toEqual([
    undefined,
    true,
    undefined
  ])
  const { path, body } = azure.character!.make('Mossy', 'data:video/mp4;base64,AAAA', channel('azure-v1'))
  const file = { name: 'video', filename: 'video.mp4', file: { mimeType: 'video/mp4', base64: 'AAAA' } }
  expect([path, body]).toEqual([
    '/openai/v1/videos/characters',
    { multipart: [{ name: 'name', value: 'Mossy' }, file] }
  ])
  expect(azure.character!.made(answer({ id: 'char_1', name: 'Mossy', created_at: 1 }))).toMatchObject({
    status: 'accepted',
    upstreamId: 'char_1'
  })
})
