import { expect, test } from 'vitest'
import { toVideoRequest, type UnifiedRequest } from '../../src/domain/request.ts'
import type { ImageRole } from '../../src/vendors/vendor.ts'

const of = (more: Partial<UnifiedRequest>) => toVideoRequest({ model: 'public', prompt: 'p', ...more }, 'upstream')

test('the vendor is told its own name of the model, and what was asked', () => {
  const metadata = { bgm: false }
  expect(of({ seconds: 5, audio: false, negative_prompt: 'blur', names: { duration: 'seconds' }, metadata })).toEqual({
    model: 'upstream',
    prompt: 'p',
    images: [],
    seconds: 5,
    audio: false,
    negativePrompt: 'blur',
    metadata
  })
})

const roles: [asked: (ImageRole | undefined)[], given: ImageRole[]][] = [
  [[undefined], ['first']],
  [
    [undefined, undefined],
    ['first', 'last']
  ],
  [
    [undefined, undefined, undefined],
    ['reference', 'reference', 'reference']
  ],
  [
    ['last', undefined],
    ['last', 'first']
  ],
  [
    ['reference', 'reference', undefined],
    ['reference', 'reference', 'first']
  ],
  [
    ['reference', undefined, undefined],
    ['reference', 'first', 'last']
  ],
  // two last frames: the vendor's check refuses them
  [
    [undefined, undefined, 'last'],
    ['first', 'last', 'last']
  ]
]

test.each(roles)('images with the roles %j have the roles %j', (asked, given) => {
  const images = asked.map((role, index) => ({ source: `image ${index}`, role }))
  const expected = given.map((role, index) => ({
    source: `image ${index}`,
    role,
    ...(asked[index] === undefined && { assumed: true })
  }))
  expect(of({ images }).images).toEqual(expected)
})

test('width and height make a size, and a size makes width and height', () => {
  expect(of({ width: 1920, height: 1080 })).toMatchObject({ size: '1920x1080', width: 1920, height: 1080 })
  expect(of({ size: '720*1280' })).toMatchObject({ size: '720*1280', width: 720, height: 1280 })
})
