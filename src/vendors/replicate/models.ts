import type { FieldProfile } from '../shared/field-profile.ts'
import { table } from '../../lib/table.ts'

/*
 * Input fields of the official video models on Replicate, as other gateways use them (each model's page has its schema;
 * GET /models/{owner}/{name} is authoritative). Lengths are whole numbers.
 */

const number = { duration: { format: 'number' } } as const satisfies FieldProfile
const wide = ['16:9', '9:16']
const classic = ['16:9', '9:16', '1:1']
const cinema = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9', '9:21']
const hd = ['720p', '1080p']

const first: FieldProfile = { first: 'image', images: ['first'] }
const text: FieldProfile = { images: [] }

const hailuo: FieldProfile = {
  ...number,
  ...first,
  first: 'first_frame_image',
  seconds: [6, 10],
  resolutions: ['768p', '1080p'],
  seed: true,
  audio: false
}
const startImage: FieldProfile = { ...number, first: 'start_image', images: ['first'] }
const startEnd: FieldProfile = { ...startImage, last: 'end_image', images: ['first', 'last'] }
const klingFrames: FieldProfile = { ...startEnd, ratios: classic, negative: true }
const veo: FieldProfile = {
  ...number,
  ...first,
  seconds: [4, 6, 8],
  defaultSeconds: 8,
  ratios: wide,
  resolutions: hd,
  negative: true,
  seed: true,
  audio: true
}
const veo31: FieldProfile = {
  ...veo,
  last: 'last_frame',
  references: 'reference_images',
  images: ['first', 'last', 'reference'],
  maxReferences: 3
}
const seedanceFast: FieldProfile = {
  ...number,
  ...first,
  seconds: { min: 2, max: 12 },
  defaultSeconds: 5,
  ratios: cinema,
  resolutions: ['480p', '720p', '1080p'],
  seed: true,
  fps: 'fps',
  audio: false
}
const seedance: FieldProfile = { ...seedanceFast, last: 'last_frame_image', images: ['first', 'last'] }
const wanText: FieldProfile = {
  ...number,
  ...text,
  seconds: [5, 10],
  sizes: ['1280*720', '720*1280', '1920*1080', '1080*1920'],
  negative: true,
  seed: true
}
const wanImage: FieldProfile = {
  ...number,
  ...first,
  needs: ['first'],
  seconds: [5, 10],
  resolutions: hd,
  negative: true,
  seed: true
}
const ray: FieldProfile = {
  ...startEnd,
  seconds: [5, 9],
  ratios: ['1:1', '3:4', '4:3', '9:16', '16:9', '9:21', '21:9']
}
const pixverse: FieldProfile = {
  ...number,
  ...first,
  last: 'last_frame_image',
  images: ['first', 'last'],
  ratios: classic,
  resolutions: ['360p', '540p', '720p', '1080p'],
  resolutionField: 'quality',
  negative: true,
  seed: true
}

export const replicateModels = table<FieldProfile>({
  'minimax/hailuo-2.3': hailuo,
  'minimax/hailuo-2.3-fast': { ...hailuo, needs: ['first'] },
  'minimax/hailuo-02': {
    ...hailuo,
    last: 'last_frame_image',
    images: ['first', 'last'],
    resolutions: ['512p', '768p', '1080p']
  },
  'kwaivgi/kling-v3-video': { ...klingFrames, seconds: { min: 3, max: 15 }, audio: true },
  'kwaivgi/kling-v3-omni-video': {
    ...klingFrames,
    seconds: { min: 3, max: 15 },
    references: 'reference_images',
    images: ['first', 'last', 'reference'],
    audio: true
  },
  'kwaivgi/kling-v2.6': { ...startImage, seconds: [5, 10], ratios: classic, negative: true, audio: true },
  'kwaivgi/kling-v2.5-turbo-pro': { ...klingFrames, seconds: [5, 10] },
  'kwaivgi/kling-v2.1': { ...klingFrames, seconds: [5, 10], needs: ['first'], ratios: [] },
  'google/veo-3.1': veo31,
  'google/veo-3.1-fast': veo31,
  'google/veo-3': veo,
  'google/veo-3-fast': veo,
  'bytedance/seedance-1-pro': seedance,
  'bytedance/seedance-1-pro-fast': seedanceFast,
  'bytedance/seedance-1-lite': {
    ...seedance,
    references: 'reference_images',
    images: ['first', 'last', 'reference'],
    maxReferences: 4
  },
  'bytedance/seedance-1.5-pro': { ...seedance, seconds: { min: 4, max: 12 }, audio: true },
  'wan-video/wan-2.5-t2v': wanText,
  'wan-video/wan-2.5-t2v-fast': wanText,
  'wan-video/wan-2.5-i2v': wanImage,
  'wan-video/wan-2.5-i2v-fast': wanImage,
  'luma/ray-2-540p': ray,
  'luma/ray-2-720p': ray,
  'luma/ray-flash-2-540p': ray,
  'luma/ray-flash-2-720p': ray,
  'pixverse/pixverse-v5': { ...pixverse, seconds: [5, 8] },
  'pixverse/pixverse-v5.6': { ...pixverse, seconds: [5, 8, 10] },
  'runwayml/gen-4.5': {
    ...number,
    ...first,
    seconds: [5, 10],
    ratios: ['16:9', '9:16', '4:3', '3:4', '1:1', '21:9'],
    seed: true
  },
  'runwayml/gen4-turbo': {
    ...number,
    ...first,
    needs: ['first'],
    seconds: [5, 10],
    ratios: ['16:9', '9:16', '4:3', '3:4', '1:1', '21:9'],
    seed: true
  },
  'xai/grok-imagine-video': {
    ...number,
    ...first,
    seconds: { min: 1, max: 15 },
    ratios: ['16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16'],
    resolutions: ['480p', '720p']
  }
})
