import { expect, test } from 'vitest'
import { runway } from '../../src/vendors/runway.ts'
import type { ChannelConfig, VideoRequest } from '../../src/vendors/vendor.ts'

const channel: ChannelConfig = { baseUrl: runway.baseUrl, credential: { api_key: 'key_1' }, options: {} }
const video: VideoRequest = { model: 'gen4.5', prompt: 'A cat', images: [], metadata: {} }

test('a failed task is billed only when its cost says so', () => {
  const failed = (cost: unknown) =>
    runway.polled(
      { status: 200, headers: {}, body: { status: 'FAILED', failureCode: 'SAFETY.OUTPUT.VIDEO', cost } },
      { id: 't1' },
      channel
    )
  expect(failed({ credits: 60 })).toMatchObject({ failure: { billed: true } })
  expect(failed(undefined)).toMatchObject({ failure: { billed: true } })
  expect(failed({ credits: 0 })).not.toHaveProperty('failure.billed')
})

test('a plain http image is fetched, the others are left to Runway', () => {
  const images = [
    { source: 'http://assets.example.com/a.png', role: 'first' as const },
    { source: 'https://assets.example.com/b.png', role: 'last' as const }
  ]
  const step = runway.submit({ ...video, model: 'veo3.1', images }, channel, {
    reference: 'att_1',
    now: 0,
    callbackUrl: null
  })
  expect(step).toMatchObject({ kind: 'fetch', urls: ['http://assets.example.com/a.png'] })
})

test('429 says when to come back', () => {
  const answer = { status: 429, headers: { 'retry-after': '7' }, body: { error: 'Too many requests' } }
  expect(runway.submitted(answer, video, channel)).toMatchObject({ failure: { retryAfterSeconds: 7 } })
})
