import { describe, expect, test } from 'vitest'
import { lumaLegacy } from '../../src/vendors/luma/legacy.ts'
import type { ChannelConfig, VideoRequest } from '../../src/vendors/vendor.ts'

const sentAt = Date.UTC(2026, 10, 22, 10)
const channel: ChannelConfig = { baseUrl: lumaLegacy.baseUrl, credential: { api_key: 'luma-key' }, options: {} }
const video: VideoRequest = { model: 'ray-2', prompt: 'A cat', images: [], metadata: {} }

describe('lookup', () => {
  const one = { id: 'g1', model: 'ray-2', state: 'queued', created_at: at(2), request: { prompt: 'A cat' } }
  const look = (generations: unknown[], has_more = false, status = 200) =>
    lumaLegacy.found!({ status, headers: {}, body: { generations, has_more } }, video, channel, {
      reference: 'att_1',
      sentAt
    }).status

  test('one alike is found', () => expect(look([one])).toBe('found'))
  test('two alike cannot be told apart', () => expect(look([one, { ...one, id: 'g2' }])).toBe('unclear'))
  test('another prompt is not ours', () => expect(look([{ ...one, request: { prompt: 'A dog' } }])).toBe('absent'))
  test('another model is not ours', () => expect(look([{ ...one, model: 'ray-flash-2' }])).toBe('absent'))
  test('one from before is not ours', () => expect(look([{ ...one, created_at: at(-3600) }])).toBe('absent'))
  test('one without a time leaves it open', () => expect(look([{ ...one, created_at: null }])).toBe('unclear'))
  test('one a little too old leaves it open', () => expect(look([{ ...one, created_at: at(-120) }])).toBe('unclear'))
  test('a page that does not reach back leaves it open', () => expect(look([], true)).toBe('unclear'))
  test('a page that reaches back settles it', () =>
    expect(look([{ ...one, created_at: at(-3600) }], true)).toBe('absent'))
  test('a refused list leaves it open', () => expect(look([], false, 500)).toBe('unclear'))
})

test('a callback that is no generation is refused', () => {
  const request = { method: 'POST', path: '/', query: '', headers: {}, rawBody: '<html>' }
  expect(lumaLegacy.callback!(request, channel, sentAt)).toMatchObject({ status: 'refused' })
})

function at(seconds: number): string {
  return new Date(sentAt + seconds * 1000).toISOString()
}
