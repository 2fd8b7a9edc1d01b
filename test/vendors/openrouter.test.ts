import { expect, test } from 'vitest'
import { openrouter } from '../../src/vendors/openai/openrouter.ts'
import type { ChannelConfig, VideoRequest } from '../../src/vendors/vendor.ts'
import { sentBy } from '../support/drafts.ts'

/* What the vectors cannot say: refused callbacks, and our own callback URL in a submit. */

const now = Date.UTC(2026, 10, 24, 12, 0, 3)
const channel = (options: Record<string, unknown> = {}): ChannelConfig => ({
  baseUrl: 'https://openrouter.ai/api/v1',
  credential: { api_key: 'test-key' },
  options
})
// signed with openssl: HMAC-SHA256 over "1795521601,{}" with or-secret
const signature = 't=1795521601,v1=f7dd1081bc33baea71bd944a169e1e2bc37773d373574d972d5997c6ef13fa6c'
const read = (
  header: string | undefined,
  { rawBody = '{}', at = now, options = { webhook_secret: 'or-secret' } } = {}
) =>
  openrouter.callback!(
    {
      method: 'POST',
      path: '/callbacks/c/t',
      query: '',
      headers: header === undefined ? {} : { 'x-openrouter-signature': header },
      rawBody
    },
    channel(options),
    at
  )

test('a good signature is accepted, whatever the order of its parts', () => {
  expect(read(signature)).toEqual({ status: 'accepted', upstreamId: null })
  expect(read(signature.split(',').toReversed().join(','))).toMatchObject({ status: 'accepted' })
})

test.each([
  ['no signature', () => read(undefined)],
  ['half a signature', () => read('t=1795521601')],
  ['a signature without its time', () => read(signature.split(',')[1])],
  ['another body', () => read(signature, { rawBody: '{ }' })],
  ['another secret', () => read(signature, { options: { webhook_secret: 'other' } })],
  ['six minutes later', () => read(signature, { at: now + 360_000 })],
  ['another time', () => read(signature.replace('1795521601', '1795521602'))]
])('%s: refused', (_title, outcome) => {
  expect(outcome()).toEqual({ status: 'refused', reason: 'its signature is not valid' })
})

test.each([
  ['https://gw.example.com/callbacks/c/t', { callback_url: 'https://gw.example.com/callbacks/c/t' }],
  ['http://gw.example.com/callbacks/c/t', {}], // "Must be HTTPS"
  [null, {}]
])('the callback URL %s', (callbackUrl, more) => {
  const video: VideoRequest = { model: 'google/veo-3.1', prompt: 'A cat', images: [], metadata: {} }
  const request = sentBy(openrouter, video, channel(), { reference: 'att_1', callbackUrl })
  expect(request).toMatchObject({ body: { json: { model: 'google/veo-3.1', prompt: 'A cat', ...more } } })
  expect(JSON.stringify(request).includes('callback_url')).toBe('callback_url' in more)
})
