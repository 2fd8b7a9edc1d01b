import { expect, test } from 'vitest'
import { luma } from '../../src/vendors/luma/index.ts'
import type { ChannelConfig, VideoRequest } from '../../src/vendors/vendor.ts'

const channel: ChannelConfig = { baseUrl: luma.baseUrl, credential: { api_key: 'luma-api-key' }, options: {} }
const video: VideoRequest = { model: 'ray-3.2', prompt: 'A cat', images: [], metadata: {} }
const submitted = (status: number, headers = {}) =>
  luma.submitted({ status, headers, body: { detail: 'No' } }, video, channel)

test('503 is a sure no, 502 is not', () => {
  expect(submitted(503)).not.toHaveProperty('outcomeUnknown')
  expect(submitted(502)).toHaveProperty('outcomeUnknown', true)
})

test('429 says when to come back', () =>
  expect(submitted(429, { 'retry-after': '5' })).toMatchObject({ failure: { retryAfterSeconds: 5 } }))
