import type { ModelSpec } from '../vendor.ts'

/*
 * Vidu's models and what each supports on each route. Source: vendors/vidu.md §3;
 * platform.vidu.com/docs text-to-video, image-to-video, start-end-to-video, reference-to-video.
 */

export type Route = 'text2video' | 'img2video' | 'start-end2video' | 'reference2video'

export interface ViduModel extends ModelSpec {
  /** the routes of the model, with limits that override its own */
  routes: Partial<Record<Route, Pick<ModelSpec, 'seconds'>>>
}

const range = (min: number, max: number) => ({ seconds: { min, max } })
const frames = ['first', 'last'] as const
const references = ['reference'] as const

const q3 = {
  ...range(1, 16),
  defaultSeconds: 5,
  ratios: ['16:9', '9:16', '1:1', '4:3', '3:4'],
  resolutions: ['540p', '720p', '1080p'],
  audio: true,
  promptLimit: 5000
}
const q2 = { ...q3, ...range(1, 10), audio: false }
const q1 = {
  seconds: [5],
  defaultSeconds: 5,
  ratios: ['16:9', '9:16', '1:1'],
  resolutions: ['1080p'],
  audio: false,
  promptLimit: 5000
}
const old = { ...q1, seconds: [4, 8], defaultSeconds: 4, resolutions: ['360p', '720p', '1080p'] }

// platform.vidu.com/docs/api-reference/video-models/vidu-q4-preview; limits as Comfy's and open clients send them, read 2026-11-30
const q4 = {
  ...range(3, 16),
  defaultSeconds: 5,
  ratios: q3.ratios,
  resolutions: ['540p', '720p', '1080p', '2K', '4K'],
  audio: true,
  images: ['first', 'reference'] as const,
  maxReferences: 15
}

const all = { images: [...frames, ...references], maxReferences: 7 }
const animated = { img2video: {}, 'start-end2video': {} }
const animatedQ2 = { img2video: {}, 'start-end2video': range(1, 8) }

export const viduModels = {
  'viduq4-preview': { ...q4, routes: { img2video: {}, reference2video: {} } },
  'viduq3-pro': { ...q3, images: frames, routes: { text2video: {}, ...animated } },
  'viduq3-turbo': { ...q3, ...all, routes: { text2video: {}, ...animated, reference2video: range(3, 16) } },
  'viduq3-pro-fast': { ...q3, images: frames, resolutions: ['720p', '1080p'], routes: animated },
  viduq3: { ...q3, images: references, maxReferences: 7, routes: { reference2video: range(3, 16) } },
  // the vendor's pages disagree on a minimum of 1 or 3 seconds, so the vendor decides
  'viduq3-mix': {
    ...q3,
    images: references,
    maxReferences: 7,
    resolutions: ['720p', '1080p'],
    routes: { reference2video: {} }
  },
  viduq2: { ...q2, images: references, maxReferences: 7, routes: { text2video: {}, reference2video: {} } },
  'viduq2-pro': { ...q2, ...all, routes: { ...animatedQ2, reference2video: {} } },
  'viduq2-turbo': { ...q2, images: frames, routes: animatedQ2 },
  'viduq2-pro-fast': { ...q2, images: frames, resolutions: ['720p', '1080p'], routes: animatedQ2 },
  viduq1: { ...q1, ...all, routes: { text2video: {}, ...animated, reference2video: {} } },
  'viduq1-classic': { ...q1, images: frames, routes: animated },
  'vidu2.0': { ...old, ...all, maxReferences: 3, routes: { ...animated, reference2video: { seconds: [4] } } },
  'vidu1.5': { ...old, ...all, maxReferences: 3, routes: { text2video: {}, ...animated, reference2video: {} } }
} satisfies Record<string, ViduModel>
