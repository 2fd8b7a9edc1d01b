import { expect, test } from 'vitest'
import { runway } from '../../src/vendors/runway/index.ts'
import type { ChannelConfig, VideoRequest } from '../../src/vendors/vendor.ts'
import { firstStep } from '../support/drafts.ts'

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
  const step = firstStep(runway, { ...video, model: 'veo3.1', images }, channel)
  expect(step).toMatchObject({ kind: 'fetch', urls: ['http://assets.example.com/a.png'] })
})

const large = `iVBORw0KGgo${'A'.repeat(5_000_000)}`
const withLarge: VideoRequest = { ...video, images: [{ source: large, role: 'first' }] }
const answer = (status: number, body: unknown = '') => ({ status, headers: {}, body })
const slot = { uploadUrl: 'https://store.example.com/', fields: { key: 'k1', policy: 'p1' }, runwayUri: 'runway://u1' }

test('an image over 5 MB is uploaded, and the task gets its runway address', () => {
  const asked = firstStep(runway, withLarge, channel)
  if (asked.kind !== 'upload') throw new Error(asked.kind)
  expect(asked.request).toEqual({
    method: 'POST',
    path: '/v1/uploads',
    body: { json: { filename: 'image.png', type: 'ephemeral' } }
  })
  const stored = asked.next(answer(200, slot))
  if (!('kind' in stored) || stored.kind !== 'upload') throw new Error('no second step')
  expect(stored.request).toEqual({
    method: 'POST',
    path: slot.uploadUrl,
    body: {
      multipart: [
        { name: 'key', value: 'k1' },
        { name: 'policy', value: 'p1' },
        { name: 'file', file: { mimeType: 'image/png', base64: large }, filename: 'image.png' }
      ]
    }
  })
  expect(stored.next(answer(204))).toMatchObject({
    kind: 'send',
    request: { path: '/v1/image_to_video', body: { json: { promptImage: 'runway://u1' } } }
  })
  expect(stored.next(answer(403, '<Error/>'))).toMatchObject({ status: 'rejected', failure: { kind: 'permission' } })
})

test('a refused upload is a refused submit, and surely no task', () => {
  const asked = firstStep(runway, withLarge, channel)
  if (asked.kind !== 'upload') throw new Error(asked.kind)
  const no = asked.next(answer(502, '<html>'))
  expect(no).toMatchObject({ status: 'rejected', failure: { kind: 'server' } })
  expect(no).not.toHaveProperty('outcomeUnknown')
})

test('429 says when to come back', () => {
  const throttled = { status: 429, headers: { 'retry-after': '7' }, body: { error: 'Too many requests' } }
  expect(runway.submitted(throttled, video, channel)).toMatchObject({ failure: { retryAfterSeconds: 7 } })
})
