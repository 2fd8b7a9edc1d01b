import { describe, expect, test } from 'vitest'
import { readCommands } from '../../src/vendors/shared/prompt-commands.ts'
import { vendors } from '../../src/vendors/index.ts'
import type { VideoRequest } from '../../src/vendors/vendor.ts'

/* Seedance's commands in prompts are read as the fields that they mean. */

const video = (fields: Partial<VideoRequest>): VideoRequest => ({
  model: 'doubao-seedance-1-0-pro-250528',
  prompt: 'a cat',
  images: [],
  metadata: {},
  ...fields
})
const read = (fields: Partial<VideoRequest>) => {
  const found = readCommands(video(fields))
  if ('kind' in found) throw new Error(found.reason)
  return found
}

test.each<[string, Partial<VideoRequest>]>([
  ['a cat --dur 12 --rs 1080p', { prompt: 'a cat', seconds: 12, metadata: { resolution: '1080p' } }],
  ['a cat --duration 3 --ratio 9:16', { prompt: 'a cat', seconds: 3, metadata: { aspect_ratio: '9:16' } }],
  ['--rt 1:1 a cat', { prompt: 'a cat', metadata: { aspect_ratio: '1:1' } }],
  ['a cat --dur=12 --resolution=480p', { prompt: 'a cat', seconds: 12, metadata: { resolution: '480p' } }],
  ['a cat --dur 5 --dur 12', { prompt: 'a cat', seconds: 12, metadata: {} }],
  [
    'a cat --seed 11 --cf true --wm false',
    { prompt: 'a cat', seed: 11, metadata: { camera_fixed: true, watermark: false } }
  ],
  ['a cat --seed -1', { prompt: 'a cat', metadata: {} }],
  ['a cat --fps 24 --frames 57', { prompt: 'a cat', metadata: { framespersecond: 24, frames: 57 } }],
  ['a well-known cat -- two --tails wag', { prompt: 'a well-known cat -- two --tails wag', metadata: {} }],
  ['a cat\n--dur 12\n', { prompt: 'a cat', seconds: 12, metadata: {} }]
])('%j', (prompt, expected) => {
  expect(read({ prompt })).toEqual({ video: video(expected), warnings: [] })
})

test("the request's own fields decide, and a warning says so", () => {
  const prompt = 'a cat --dur 12 --rs 1080p --rt 1:1 --seed 3'
  const asked = { prompt, seconds: 5, seed: 1, size: '1280x720', width: 1280, height: 720 }
  const { video: made, warnings } = read(asked)
  expect(made).toEqual(video({ ...asked, prompt: 'a cat' }))
  expect(warnings.map(({ field, reason }) => [field, reason.split(' ')[3]])).toEqual([
    ['prompt', 'duration'],
    ['prompt', 'resolution'],
    ['prompt', 'aspect_ratio'],
    ['prompt', 'seed']
  ])
})

test.each(['a cat --dur long', 'a cat --dur 1e9', 'a cat --seed x'])('%j is refused', prompt => {
  expect(readCommands(video({ prompt }))).toMatchObject({ kind: 'refuse', param: 'prompt' })
})

test('a prompt of 30,000 characters takes no time', () => {
  for (const prompt of ['--'.repeat(15_000), '--dur '.repeat(5000), `--${'a'.repeat(30_000)}`, ' '.repeat(30_000)]) {
    const before = performance.now()
    readCommands(video({ prompt }))
    expect(performance.now() - before).toBeLessThan(500)
  }
})

describe('who obeys them', () => {
  test.each([
    ['ark', 'ep-20260101', true],
    ['fal', 'fal-ai/bytedance/seedance/v1/pro/text-to-video', true],
    ['fal', 'fal-ai/veo3', false],
    ['replicate', 'bytedance/seedance-1-pro', true],
    ['replicate', 'google/veo-3', false],
    ['runway', 'gen4_turbo', false]
  ])('%s, %s: %s', (vendor, model, isRead) => {
    const found = vendors[vendor]!.readPrompt!(video({ model, prompt: 'a cat --dur 12' }))
    expect(found).toMatchObject({ video: { prompt: isRead ? 'a cat' : 'a cat --dur 12' } })
  })
})
