import type { FieldProfile } from '../shared/field-profile.ts'
import { table } from '../../lib/table.ts'

/*
 * Input fields of fal's video endpoints. Source: endpoint types of @fal-ai/client 1.10.1, which write every enum in quotes. That LTX
 * takes numbers is from fal.ai/models/<endpoint>/llms.txt, that Vidu does from other gateways.
 */

const classic = ['16:9', '9:16', '1:1']
const wide = ['16:9', '9:16']
const cinema = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16']
const five = ['16:9', '9:16', '1:1', '4:3', '3:4']
const grokRatios = ['16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16']
const lumaRatios = ['16:9', '9:16', '4:3', '3:4', '21:9', '9:21']

const string = { duration: { format: 'string' } } as const satisfies FieldProfile
const suffixed = { duration: { format: 'suffixed' } } as const satisfies FieldProfile
const number = { duration: { format: 'number' } } as const satisfies FieldProfile

const text: FieldProfile = { images: [] }
/** requires a first frame */
const image: FieldProfile = { first: 'image_url', images: ['first'], needs: ['first'] }
const imageEnd: FieldProfile = { ...image, last: 'end_image_url', images: ['first', 'last'] }
const startEnd: FieldProfile = { ...imageEnd, first: 'start_image_url' }
const references = (field: string): FieldProfile => ({ references: field, images: ['reference'], needs: ['reference'] })

/** frames and references together */
const mixed: FieldProfile = { references: 'image_urls', images: ['first', 'last', 'reference'], needs: [] }

const kling3: FieldProfile = { ...string, seconds: { min: 3, max: 15 }, audio: true }
const klingO1: FieldProfile = { ...string, seconds: { min: 3, max: 10 } }
const kling2: FieldProfile = { ...string, seconds: [5, 10], negative: true }
const veo: FieldProfile = {
  ...suffixed,
  seconds: [4, 6, 8],
  defaultSeconds: 8,
  ratios: wide,
  resolutions: ['720p', '1080p'],
  audio: true,
  negative: true,
  seed: true
}
const veoFrames: FieldProfile = {
  ...veo,
  first: 'first_frame_url',
  last: 'last_frame_url',
  images: ['first', 'last'],
  needs: ['first', 'last']
}
const seedance1: FieldProfile = {
  ...string,
  seconds: { min: 2, max: 12 },
  defaultSeconds: 5,
  ratios: cinema,
  resolutions: ['480p', '720p', '1080p'],
  seed: true,
  audio: false
}
const seedance15: FieldProfile = { ...seedance1, seconds: { min: 4, max: 12 }, audio: true }
const seedance2: FieldProfile = {
  ...seedance1,
  seconds: { min: 4, max: 15 },
  resolutions: ['480p', '720p'],
  audio: true
}
const hailuo: FieldProfile = { ...string, seconds: [6, 10] }
const wan27: FieldProfile = {
  ...string,
  seconds: { min: 2, max: 15 },
  resolutions: ['720p', '1080p'],
  negative: true,
  seed: true
}
const wan26: FieldProfile = { ...wan27, seconds: [5, 10, 15] }
const ltx: FieldProfile = {
  ...number,
  seconds: [6, 8, 10],
  defaultSeconds: 6,
  resolutions: ['1080p', '1440p', '2160p'],
  fps: 'fps',
  audio: true
}
/** beyond 10 s only at 25 fps and 1080p */
const ltxFast: FieldProfile = { ...ltx, seconds: [6, 8, 10, 12, 14, 16, 18, 20] }
const ray2: FieldProfile = { ...suffixed, seconds: [5, 9], ratios: lumaRatios, resolutions: ['540p', '720p', '1080p'] }
const viduQ2: FieldProfile = { ...number, seconds: { min: 2, max: 8 }, seed: true }
const viduQ3: FieldProfile = {
  ...number,
  resolutions: ['360p', '540p', '720p', '1080p'],
  seed: true,
  audio: true,
  sound: 'audio'
}
const pixverse: FieldProfile = {
  sound: 'generate_audio_switch',
  ...string,
  seconds: [5, 8, 10],
  resolutions: ['360p', '540p', '720p', '1080p'],
  negative: true,
  seed: true
}
const grok: FieldProfile = { ...number, ratios: grokRatios, resolutions: ['480p', '720p'] }

export const falModels = table<FieldProfile>({
  ...tiers('fal-ai/kling-video/v3/', ['standard', 'pro'], {
    '/text-to-video': { ...kling3, ...text, ratios: classic, negative: true },
    '/image-to-video': { ...kling3, ...startEnd, negative: true }
  }),
  ...tiers('fal-ai/kling-video/o3/', ['standard', 'pro'], {
    '/text-to-video': { ...kling3, ...text, ratios: classic },
    '/image-to-video': { ...kling3, ...imageEnd },
    '/reference-to-video': { ...kling3, ...startEnd, ...mixed, ratios: classic }
  }),
  ...tiers('fal-ai/kling-video/o1', ['', '/standard'], {
    '/image-to-video': { ...klingO1, ...startEnd },
    '/reference-to-video': { ...klingO1, ...references('image_urls'), ratios: classic }
  }),
  'fal-ai/kling-video/v2.6/pro/text-to-video': { ...kling2, ...text, ratios: classic, audio: true },
  'fal-ai/kling-video/v2.6/pro/image-to-video': { ...kling2, ...startEnd, audio: true },
  'fal-ai/kling-video/v2.5-turbo/pro/text-to-video': { ...kling2, ...text, ratios: classic },
  'fal-ai/kling-video/v2.5-turbo/pro/image-to-video': { ...kling2, ...imageEnd, last: 'tail_image_url' },
  'fal-ai/kling-video/v2.5-turbo/standard/image-to-video': { ...kling2, ...image },
  'fal-ai/kling-video/v2.1/master/text-to-video': { ...kling2, ...text, ratios: classic },
  'fal-ai/kling-video/v2.1/master/image-to-video': { ...kling2, ...image },
  'fal-ai/kling-video/v2.1/standard/image-to-video': { ...kling2, ...image },

  ...tiers('fal-ai/veo3.1', ['', '/fast', '/lite'], {
    '': { ...veo, ...text },
    '/image-to-video': { ...veo, ...image },
    '/first-last-frame-to-video': veoFrames
  }),
  'fal-ai/veo3.1/reference-to-video': {
    ...suffixed,
    ...references('image_urls'),
    ratios: wide,
    resolutions: ['720p', '1080p', '4k'],
    audio: true
  },
  ...tiers('fal-ai/veo3', ['', '/fast'], { '': { ...veo, ...text }, '/image-to-video': { ...veo, ...image } }),

  ...tiers('fal-ai/bytedance/seedance/v1/', ['lite', 'pro', 'pro/fast'], {
    '/text-to-video': { ...seedance1, ...text },
    '/image-to-video': { ...seedance1, ...imageEnd }
  }),
  'fal-ai/bytedance/seedance/v1/pro/fast/image-to-video': { ...seedance1, ...image },
  'fal-ai/bytedance/seedance/v1/lite/reference-to-video': {
    ...seedance1,
    ...references('reference_image_urls'),
    resolutions: ['480p', '720p']
  },
  'fal-ai/bytedance/seedance/v1.5/pro/text-to-video': { ...seedance15, ...text },
  'fal-ai/bytedance/seedance/v1.5/pro/image-to-video': { ...seedance15, ...imageEnd },

  'bytedance/seedance-2.0/text-to-video': { ...seedance2, ...text },
  'bytedance/seedance-2.0/image-to-video': { ...seedance2, ...imageEnd },
  'bytedance/seedance-2.0/reference-to-video': { ...seedance2, ...references('image_urls') },

  'fal-ai/minimax/hailuo-02/pro/text-to-video': text,
  'fal-ai/minimax/hailuo-02/pro/image-to-video': imageEnd,
  'fal-ai/minimax/hailuo-02/standard/text-to-video': { ...hailuo, ...text },
  'fal-ai/minimax/hailuo-02/standard/image-to-video': { ...hailuo, ...imageEnd, resolutions: ['512P', '768P'] },
  'fal-ai/minimax/hailuo-02-fast/image-to-video': { ...hailuo, ...image },
  'fal-ai/minimax/hailuo-2.3/pro/text-to-video': text,
  'fal-ai/minimax/hailuo-2.3/pro/image-to-video': image,
  'fal-ai/minimax/hailuo-2.3/standard/text-to-video': { ...hailuo, ...text },
  'fal-ai/minimax/hailuo-2.3/standard/image-to-video': { ...hailuo, ...image },
  'fal-ai/minimax/hailuo-2.3-fast/pro/image-to-video': image,
  'fal-ai/minimax/hailuo-2.3-fast/standard/image-to-video': { ...hailuo, ...image },

  'fal-ai/wan/v2.7/text-to-video': { ...wan27, ...text, ratios: five },
  'fal-ai/wan/v2.7/image-to-video': { ...wan27, ...imageEnd },
  'fal-ai/wan/v2.7/reference-to-video': {
    ...wan27,
    ...references('reference_image_urls'),
    seconds: { min: 2, max: 10 },
    ratios: five
  },
  'wan/v2.6/text-to-video': { ...wan26, ...text, ratios: five },
  ...tiers('wan/v2.6/image-to-video', ['', '/flash'], { '': { ...wan26, ...image } }),
  'fal-ai/wan-25-preview/text-to-video': { ...wan27, ...text, ratios: five },
  'fal-ai/wan-25-preview/image-to-video': {
    ...wan27,
    ...image,
    seconds: [5, 10],
    resolutions: ['480p', '720p', '1080p']
  },

  ...tiers('fal-ai/ltx-2/', [''], {
    'text-to-video': { ...ltx, ...text },
    'text-to-video/fast': { ...ltxFast, ...text },
    'image-to-video': { ...ltx, ...image },
    'image-to-video/fast': { ...ltxFast, ...image }
  }),
  ...tiers('fal-ai/ltx-2.3/', [''], {
    'text-to-video': { ...ltx, ...text, ratios: wide },
    'text-to-video/fast': { ...ltxFast, ...text, ratios: wide },
    'image-to-video': { ...ltx, ...imageEnd, ratios: wide },
    'image-to-video/fast': { ...ltxFast, ...imageEnd, ratios: wide }
  }),

  ...tiers('fal-ai/luma-dream-machine/', ['ray-2', 'ray-2-flash'], {
    '': { ...ray2, ...text },
    '/image-to-video': { ...ray2, ...imageEnd }
  }),

  'fal-ai/vidu/q2/text-to-video': {
    ...viduQ2,
    ...text,
    ratios: classic,
    resolutions: ['360p', '520p', '720p', '1080p']
  },
  ...tiers('fal-ai/vidu/q2/image-to-video/', ['pro', 'turbo'], {
    '': { ...viduQ2, ...imageEnd, resolutions: ['720p', '1080p'] }
  }),
  'fal-ai/vidu/q2/reference-to-video/pro': {
    ...viduQ2,
    ...references('reference_image_urls'),
    resolutions: ['540p', '720p', '1080p']
  },
  ...tiers('fal-ai/vidu/q3/text-to-video', ['', '/turbo'], {
    '': { ...viduQ3, ...text, ratios: five }
  }),
  ...tiers('fal-ai/vidu/q3/image-to-video', ['', '/turbo'], { '': { ...viduQ3, ...imageEnd } }),

  ...tiers('fal-ai/pixverse/', ['v5.5', 'v5.6'], {
    '/text-to-video': { ...pixverse, ...text, ratios: five },
    '/image-to-video': { ...pixverse, ...image },
    '/transition': { ...pixverse, ...imageEnd, first: 'first_image_url', ratios: five }
  }),
  ...tiers('fal-ai/pixverse/', ['v6'], {
    '/text-to-video': {
      ...pixverse,
      ...number,
      ...text,
      ratios: [...cinema, '2:3', '3:2'],
      seconds: { min: 1, max: 15 }
    },
    '/image-to-video': { ...pixverse, ...number, ...image, seconds: { min: 1, max: 15 } }
  }),

  'xai/grok-imagine-video/text-to-video': { ...grok, ...text },
  'xai/grok-imagine-video/image-to-video': { ...grok, ...image },
  'xai/grok-imagine-video/reference-to-video': { ...grok, ...references('reference_image_urls') }
})

function tiers(stem: string, names: readonly string[], tails: Record<string, FieldProfile>) {
  return Object.fromEntries(
    names.flatMap(name => Object.entries(tails).map(([tail, profile]) => [`${stem}${name}${tail}`, profile]))
  )
}
