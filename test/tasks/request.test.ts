import { expect, test } from 'vitest'
import { toVideoRequest, type UnifiedRequest } from '../../src/domain/request.ts'

const of = (more: Partial<UnifiedRequest>) => toVideoRequest({ model: 'public', prompt: 'p', ...more }, 'upstream')

test('fields that the documents’ examples put into metadata count as fields', () => {
  const video = of({
    metadata: { seed: 20231234, duration: '5', negative_prompt: '模糊', image_tail: 'https://t', bgm: false }
  })
  expect(video).toMatchObject({ seed: 20231234, seconds: 5, negativePrompt: '模糊', metadata: { bgm: false } })
  expect(video.images).toEqual([{ source: 'https://t', role: 'last' }])
  expect(Object.keys(video.metadata)).toEqual(['bgm'])
})

test('a top-level field wins over the one in metadata', () => {
  expect(of({ seconds: 10, seed: 1, metadata: { duration: 5, seed: 2 } })).toMatchObject({ seconds: 10, seed: 1 })
})

test.each([
  [{ image: 'a' }, ['first']],
  [{ images: ['a', 'b'] }, ['first', 'last']],
  [{ images: ['a', 'b', 'c'] }, ['reference', 'reference', 'reference']],
  [{ image: 'a', metadata: { image_tail: 'z' } }, ['first', 'last']],
  [{ images: ['a', 'b'], metadata: { image_roles: ['reference', 'reference'] } }, ['reference', 'reference']]
])('%j has roles %j', (more, roles) => {
  expect(of(more).images.map(({ role }) => role)).toEqual(roles)
})

test('the same image named twice is one image; twice in images it is a loop', () => {
  expect(of({ image: 'a', images: ['a'], metadata: { image_urls: ['a'] } }).images).toHaveLength(1)
  expect(of({ images: ['a', 'a'] }).images.map(({ role }) => role)).toEqual(['first', 'last'])
})

test('width and height make a size, and a size makes width and height', () => {
  expect(of({ width: 1920, height: 1080 })).toMatchObject({ size: '1920x1080', width: 1920, height: 1080 })
  expect(of({ size: '720*1280' })).toMatchObject({ size: '720*1280', width: 720, height: 1280 })
})
