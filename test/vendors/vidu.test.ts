import { describe, expect, test } from 'vitest'
import { signCallback } from '../../src/vendors/vidu/callback.ts'
import { vidu } from '../../src/vendors/vidu/index.ts'
import type { CallbackRequest, VideoRequest } from '../../src/vendors/vendor.ts'
import { sentBy } from '../support/drafts.ts'

/* What the vectors cannot say: calls that are refused, and what the gateway adds to a submit. */

const channel = { baseUrl: 'https://api.vidu.com', credential: { api_key: 'TEST-VIDU-KEY' }, options: {} }
const date = 'Tue, 06 May 2025 12:09:42 GMT'
const now = Date.parse(date)

describe('a call from Vidu is refused', () => {
  test('never when the signature is good', () => {
    expect(call(signed())).toEqual({ status: 'accepted', upstreamId: 'vd-1' })
  })

  test('unsigned', () => {
    const { 'x-hmac-signature': _, ...headers } = signed().headers
    expect(call({ ...signed(), headers })).toMatchObject({ status: 'refused' })
  })

  test('without a time', () => {
    const { date: _, ...headers } = signed().headers
    expect(call({ ...signed(), headers })).toMatchObject({ status: 'refused' })
  })

  test.each(['hmac-sha1', ''])('signed with %j', algorithm => {
    expect(call(signed({ 'x-hmac-algorithm': algorithm }))).toMatchObject({ status: 'refused' })
  })

  test('for another access key', () => {
    expect(call(signed({ 'x-hmac-access-key': 'someone' }))).toMatchObject({ status: 'refused' })
  })

  test('signed with another key', () => {
    expect(call(signed({}, 'ANOTHER-KEY'))).toMatchObject({ status: 'refused', reason: 'its signature is not valid' })
  })

  test.each([
    ['path', { path: '/callbacks/chan_2/t0k3n' }],
    ['query', { query: 'a=1' }],
    ['method', { method: 'PUT' }]
  ])('at another %s than was signed', (_what, change) => {
    expect(call({ ...signed(), ...change })).toMatchObject({ status: 'refused' })
  })

  test('with another nonce than was signed', () => {
    const request = signed()
    const headers = { ...request.headers, 'x-request-nonce': 'other' }
    expect(call({ ...request, headers })).toMatchObject({ status: 'refused' })
  })

  test.each([-301_000, 301_000])('%i ms away from its time', drift => {
    expect(vidu.callback?.(signed(), channel, now + drift)).toMatchObject({ status: 'refused' })
  })

  test('never for a body that nobody signed, but that body names no task', () => {
    expect(call({ ...signed(), rawBody: 'not json' })).toEqual({ status: 'accepted', upstreamId: null })
  })

  test('never with what the body claims: only a poll tells', () => {
    expect(call(signed())).not.toHaveProperty('polled')
  })
})

test('a submit asks Vidu to call the gateway, never the client', () => {
  const video: VideoRequest = {
    model: 'viduq2',
    prompt: 'p',
    images: [],
    metadata: { callback_url: 'https://client.example/hook' }
  }
  const callbackUrl = 'https://gateway.example/callbacks/chan_1/t0k3n'
  expect(sentBy(vidu, video, channel, { reference: 'att_1', callbackUrl })).toMatchObject({
    body: { json: { callback_url: callbackUrl, payload: 'att_1' } }
  })
})

test('the probe reads the balance', () => {
  const request = vidu.sign(vidu.probe!(channel), channel, now)
  expect(request).toMatchObject({
    method: 'GET',
    path: '/ent/v2/credits',
    headers: { authorization: 'Token TEST-VIDU-KEY' }
  })
})

function signed(headers: Record<string, string> = {}, key = 'TEST-VIDU-KEY'): CallbackRequest {
  const request = {
    method: 'POST',
    path: '/callbacks/chan_1/t0k3n',
    query: '',
    headers: {
      date,
      'x-request-nonce': '123e4567-e89b-12d3-a456-426614174000',
      'x-hmac-signed-headers': 'Date;x-request-nonce',
      'x-hmac-algorithm': 'hmac-sha256',
      'x-hmac-access-key': 'vidu',
      ...headers
    }
  }
  const { signature } = signCallback(key, request)
  const rawBody = JSON.stringify({ id: 'vd-1', state: 'success', creations: [{ url: 'https://evil.example/x.mp4' }] })
  return { ...request, headers: { ...request.headers, 'x-hmac-signature': signature }, rawBody }
}

function call(request: CallbackRequest) {
  return vidu.callback?.(request, channel, now)
}
