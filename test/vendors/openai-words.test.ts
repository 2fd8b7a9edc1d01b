import { expect, test } from 'vitest'
import { vendors } from '../../src/vendors/index.ts'

/* The words with which upstreams that copy OpenAI's API end a task. */

const vendor = vendors.openai!
const channel = { baseUrl: 'https://up.example.com', credential: { api_key: 'test-key' }, options: {} }
const link = 'https://cdn.example.com/v.mp4'

const poll = (body: object, options = {}) =>
  vendor.polled(
    { status: 200, headers: {}, body: { id: 'up-1', ...body } },
    { id: 'up-1', path: '/v1/videos' },
    { ...channel, options }
  )

test.each(['completed', 'complete', 'finished', 'ready', 'done', 'success', 'SUCCEED', ' Finished '])(
  '%s is the end with a file',
  status => expect(poll({ status, url: link })).toMatchObject({ status: 'succeeded', videos: [{ at: { url: link } }] })
)

test.each([
  ['failed', 'unknown'],
  ['rejected', 'unknown'],
  ['error', 'unknown'],
  ['timeout', 'expired'],
  ['TIMED_OUT', 'expired'],
  ['cancelled', 'cancelled']
])('%s is the end without one', (status, kind) =>
  expect(poll({ status })).toMatchObject({ status: 'failed', failure: { kind } })
)

test('a submit answered `rejected` is a rejection', () => {
  const answer = { status: 200, headers: {}, body: { id: 'up-1', status: 'rejected', error: { message: 'No.' } } }
  const video = { model: 'm', prompt: 'a cat', images: [], metadata: {} }
  expect(vendor.submitted(answer, video, channel)).toMatchObject({ status: 'rejected', failure: { message: 'No.' } })
})

test.each(['none', 'None', 'null', '', 'no error', { message: 'none' }, { message: 'something odd' }])(
  'completed with a link is completed, whatever `error` says: %j',
  error => expect(poll({ status: 'completed', url: link, error })).toMatchObject({ status: 'succeeded' })
)

test('completed without a link is completed when `error` says that there is none, and failed when it says more', () => {
  expect(poll({ status: 'completed', error: 'none' })).toMatchObject({ status: 'succeeded' })
  expect(poll({ status: 'completed', error: 'NSFW content detected' })).toMatchObject({ status: 'failed' })
  expect(poll({ status: 'completed', url: 'the model broke', error: 'it broke' })).toMatchObject({ status: 'failed' })
})

test('a link in `remixed_from_video_id` is a link, and an id there is none', () => {
  expect(poll({ status: 'completed', remixed_from_video_id: link })).toMatchObject({ videos: [{ at: { url: link } }] })
  expect(poll({ status: 'completed', remixed_from_video_id: 'video_1' })).toMatchObject({
    videos: [{ at: { fetch: { path: '/v1/videos/up-1/content' } } }]
  })
  const both = { url: 'https://cdn.example.com/own.mp4', remixed_from_video_id: link }
  expect(poll({ status: 'completed', ...both })).toMatchObject({ videos: [{ at: { url: both.url } }] })
})
