import { describe, expect, test } from 'vitest'
import { soundOf, withSound } from '../../src/vendors/shared/sound.ts'
import { vendors } from '../../src/vendors/index.ts'
import type { ChannelConfig, VideoRequest } from '../../src/vendors/vendor.ts'
import { draftOf, sentBy } from '../support/drafts.ts'
import { isObject, sentBody } from '../support/vectors.ts'

/* `audio` of a request: in each vendor's word, and billed as that word is. */

const image = { source: 'https://assets.example.com/a.png', role: 'first' as const }

const channelWith = (options: Record<string, unknown> = {}): ChannelConfig => ({
  baseUrl: 'https://vendor.test',
  credential: {},
  options: { endpoint_path: 'EP', ...options }
})

const requestOf = (model: string, more: Partial<VideoRequest> = {}): VideoRequest => ({
  model,
  prompt: 'a cat',
  images: [],
  metadata: {},
  ...more
})

const settable: [string, string, string, unknown, unknown, Record<string, unknown>?][] = [
  ['ark', 'doubao-seedance-2-0-260128', 'generate_audio', true, false],
  ['ark', 'ep-20260101', 'generate_audio', true, false],
  ['cloudsway', 'MaaS_KeLing_V2.6', 'sound', 'on', 'off'],
  ['cloudsway', 'kling-v3', 'sound', 'on', 'off'],
  ['dashscope', 'wan3.0-video', 'parameters.audio', true, false],
  ['dashscope', 'wan2.6-t2v', 'parameters.audio', true, false],
  ['fal', 'fal-ai/veo3.1', 'generate_audio', true, false],
  ['fal', 'fal-ai/vidu/q3/text-to-video', 'audio', true, false],
  ['fal', 'fal-ai/pixverse/v5.5/text-to-video', 'generate_audio_switch', true, false],
  ['fal', 'someone/new-model', 'generate_audio', true, false],
  ['kling', 'kling-v2-6', 'sound', 'on', 'off'],
  ['kling', 'kling-2.6', 'settings.audio', 'native', 'off'],
  ['kling', 'kling-3.0', 'settings.audio', 'native', 'off'],
  ['openai', 'wan', 'generate_sound', 'true', 'false', { dialect: 'vllm-omni' }],
  ['openrouter', 'google/veo-3.1', 'generate_audio', true, false],
  ['pixverse', 'v6', 'generate_audio_switch', true, false],
  ['replicate', 'google/veo-3.1', 'input.generate_audio', true, false],
  ['runway', 'veo3.1', 'audio', true, false],
  ['runway', 'wan3', 'audio', true, false],
  ['vertex', 'veo-3.1-generate-001', 'parameters.generateAudio', true, false],
  ['vidu', 'viduq3-pro', 'audio', true, false],
  ['xai', 'grok-imagine-video', 'generate_audio', true, false]
]

describe.each(settable)('%s %s', (id, model, path, on, off, options) => {
  const vendor = vendors[id]!
  const channel = channelWith(options)
  const told = (more: Partial<VideoRequest>) => valueAt(sentBody(sentBy(vendor, requestOf(model, more), channel)), path)
  const billed = (more: Partial<VideoRequest>) => draftOf(vendor, requestOf(model, more), channel).billing.audio
  const [name] = path.split('.').slice(-1)

  test(`sets ${path}`, () => {
    expect(told({ audio: true })).toBe(on)
    expect(told({ audio: false })).toBe(off)
    expect(told({})).toBeUndefined()
  })

  test('on top beats metadata, whatever the word', () => {
    expect(told({ audio: false, metadata: { [name!]: on } })).toBe(off)
    for (const place of ['settings', 'input', 'parameters'])
      expect(told({ audio: false, metadata: { [place]: { [name!]: on } } }), place).toBe(off)
    const body = sentBody(
      sentBy(vendor, requestOf(model, { audio: false, metadata: { with_sound: 1, sound: 'on' } }), channel)
    )
    expect(JSON.stringify(body)).not.toContain('"sound":"on"')
  })

  test('is billed as it is told', () => {
    // what vLLM makes has no price for sound
    if (id === 'openai') return
    expect([billed({ audio: true }), billed({ audio: false })]).toEqual([true, false])
  })
})

test.each([
  ['ark', 'doubao-seedance-1-0-pro-250528', true],
  ['azure', 'sora-2', false],
  ['cloudsway', 'kling-v1', true],
  ['dashscope', 'wan2.7-t2v', false],
  ['dashscope', 'wan2.2-t2v-plus', true],
  ['gemini', 'gemini-omni-1.1-flash', false],
  ['gemini', 'veo-3.1-generate-preview', false],
  ['kling', 'kling-3.0-turbo', false],
  ['kling', 'kling-v2-5-turbo', true],
  ['luma', 'ray-3.2', true],
  ['luma-legacy', 'ray-2', true],
  ['minimax', 'MiniMax-H3', false],
  ['minimax', 'MiniMax-Hailuo-2.3', true],
  ['openai', 'sora-2', false],
  ['replicate', 'bytedance/seedance-1-pro', true],
  ['runway', 'gen4.5', true],
  ['runway', 'hailuo3', false],
  ['vidu', 'viduq1', true]
])('%s %s cannot do audio: %s and refuses it; the other is nothing to say', (id, model, audio) => {
  const vendor = vendors[id]!
  const refused = vendor.submit(requestOf(model, { audio }), channelWith())
  expect(refused).toMatchObject({ kind: 'refuse', param: 'audio' })
  const [silent, other] = [{}, { audio: !audio }].map(more =>
    sentBody(sentBy(vendor, requestOf(model, more), channelWith()))
  )
  expect(other).toEqual(silent)
})

test.each(['jimeng', 'openai'])('%s has no known setting for sound, so it is refused either way', id => {
  const model = id === 'jimeng' ? 'jimeng_t2v_v30' : 'a-model'
  for (const audio of [true, false])
    expect(vendors[id]!.submit(requestOf(model, { audio }), channelWith({ dialect: 'new-api' }))).toMatchObject({
      kind: 'refuse',
      param: 'audio'
    })
})

test.each([
  ['kling', 'kling-v2-6', { generate_audio: true }, 'metadata.generate_audio'],
  ['kling', 'kling-v3', { audio: 'native' }, 'metadata.audio'],
  ['ark', 'doubao-seedance-2-0-260128', { sound: 'on' }, 'metadata.sound'],
  ['vidu', 'viduq3-pro', { generate_audio: false }, 'metadata.generate_audio'],
  ['runway', 'veo3.1', { generate_audio: false }, 'metadata.generate_audio']
])('%s %s refuses %j: the word is another vendor’s, and would do nothing', (id, model, metadata, param) => {
  expect(vendors[id]!.submit(requestOf(model, { metadata }), channelWith())).toMatchObject({ kind: 'refuse', param })
})

describe('Kling 2.6 has sound only at 1080p', () => {
  const submit = (more: Partial<VideoRequest>, model = 'kling-v2-6') =>
    vendors.kling!.submit(requestOf(model, { audio: true, ...more }), channelWith())

  test('so that is what is sent and billed when nothing else was asked for', () => {
    expect(submit({})).toMatchObject({
      billing: { mode: 'pro', resolution: '1080p', audio: true },
      warnings: [{ field: 'audio' }]
    })
    expect(submit({}, 'kling-2.6')).toMatchObject({ billing: { resolution: '1080p', audio: true } })
  })

  test.each([
    ['a smaller size', { size: '1280x720', width: 1280, height: 720 }],
    ['mode std', { metadata: { mode: 'std' } }],
    ['a last frame', { images: [image, { ...image, role: 'last' as const }] }]
  ])('and %s is refused', (_what, more) => {
    expect(submit(more)).toMatchObject({ kind: 'refuse', param: 'audio' })
  })

  test('while a size of that resolution is fine', () => {
    expect(submit({ size: '1920x1080', width: 1920, height: 1080 })).toMatchObject({ kind: 'draft', warnings: [] })
  })
})

test('strict: false lets the vendor decide', () => {
  const loose = channelWith({ strict: false })
  const sent = withSound(
    requestOf('m', { audio: true }),
    loose,
    soundOf({ audio: false }, { field: 'sound', on: 1, off: 0 })
  )
  expect(sent).toMatchObject({ metadata: { sound: 1 } })
})

function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), body)
}
