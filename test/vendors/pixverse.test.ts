import { describe, expect, test } from 'vitest'
import { pixverse } from '../../src/vendors/pixverse/index.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest, Step, VideoRequest } from '../../src/vendors/vendor.ts'
import { firstStep } from '../support/drafts.ts'

/* What the vectors cannot say of PixVerse: which requests share an Ai-trace-id (Common errors and solutions: a repeated one gets the earlier result). */

const NOW = Date.UTC(2026, 10, 24)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/
const channel: ChannelConfig = { baseUrl: pixverse.baseUrl, credential: { api_key: 'test-key' }, options: {} }
const video: VideoRequest = { model: 'v6', prompt: 'a cat', images: [], metadata: {} }
const frames: VideoRequest = {
  ...video,
  images: [
    { source: 'https://a.example/1.png', role: 'first' },
    { source: 'https://a.example/2.png', role: 'last' }
  ]
}
const answer = (body: unknown, status = 200): HttpAnswer => ({ status, headers: {}, body })
const traceOf = (request: HttpRequest, now = NOW) => pixverse.sign(request, channel, now).headers?.['ai-trace-id']

/** The trace ids of a submit with all its uploads. */
function traces(wish: VideoRequest, reference: string, now = NOW): (string | undefined)[] {
  const seen = []
  let step = firstStep(pixverse, wish, channel, { reference, callbackUrl: null })
  while (step.kind === 'upload') {
    seen.push(traceOf(step.request, now))
    // true: the answer is a success, so nothing is rejected
    step = step.next(answer({ ErrCode: 0, Resp: { img_id: seen.length } })) as Step
  }
  if (step.kind === 'send') seen.push(traceOf(step.request, now))
  return seen
}

describe('Ai-trace-id', () => {
  test('a retry of the same submit repeats it, uploads and all, whatever the time', () => {
    expect(traces(frames, 'att_1', NOW + 60_000)).toEqual(traces(frames, 'att_1'))
  })

  test('is a UUID, and another one for every upload, submit and reference', () => {
    const all = [...traces(frames, 'att_1'), ...traces(frames, 'att_2')]
    expect(all).toHaveLength(6)
    expect(new Set(all).size).toBe(6)
    for (const one of all) expect(one).toMatch(UUID)
  })

  test('is new for every poll', () => {
    const poll = pixverse.poll({ id: '1' }, channel)
    const all = [traceOf(poll, NOW), traceOf(poll, NOW + 1), traceOf(pixverse.poll({ id: '2' }, channel), NOW)]
    expect(new Set(all).size).toBe(3)
  })
})

describe('submitted', () => {
  test.each([400017, 500090, 99999])('ErrCode %i is a sure no whatever the HTTP status', code => {
    for (const status of [200, 400, 500]) {
      const outcome = pixverse.submitted(answer({ ErrCode: code, ErrMsg: 'x', Resp: null }, status), video, channel)
      expect(outcome.status).toBe('rejected')
      expect(outcome).not.toHaveProperty('outcomeUnknown')
    }
  })

  test('a failed upload leaves nothing open', () => {
    const step = firstStep(pixverse, frames, channel)
    const outcome = step.kind === 'upload' && step.next(answer('<html>', 502))
    expect(outcome).toMatchObject({ status: 'rejected', failure: { kind: 'server' } })
    expect(outcome).not.toHaveProperty('outcomeUnknown')
  })
})

describe('probed', () => {
  test('a bad key is told by its code, with HTTP 200', () => {
    expect(pixverse.probed!(answer({ ErrCode: 400012, ErrMsg: 'Invalid account', Resp: null }))).toMatchObject({
      kind: 'auth'
    })
  })

  test('a balance proves the key', () => {
    expect(pixverse.probed!(answer({ ErrCode: 0, ErrMsg: 'success', Resp: { credit_monthly: 1 } }))).toBeNull()
  })
})
