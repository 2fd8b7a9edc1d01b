import { table } from '../../lib/table.ts'
import type { ModelSpec } from '../vendor.ts'

/* Source: platform.minimax.io, pages of each mode (durations × resolutions) and the v2 schema. All have 24 fps. */

export const h3Ratios = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'] as const
export const h3Resolutions = ['480P', '768P', '2K'] as const

const h3 = { ratios: h3Ratios, audio: true, promptLimit: 7000, defaultSeconds: 5 } as const

/** `MiniMax-H3…` uses v2, every other model v1. */
export const isH3 = (model: string) => /^MiniMax-H\d/.test(model)

export const h3Models = table<ModelSpec>({
  'MiniMax-H3': {
    ...h3,
    seconds: { min: 4, max: 15 },
    resolutions: ['768P', '2K'],
    images: ['first', 'last', 'reference'],
    maxReferences: 9
  },
  'MiniMax-H3-Max': {
    ...h3,
    seconds: { min: 5, max: 15 },
    resolutions: ['480P', '768P'],
    images: ['first', 'last', 'reference'],
    maxReferences: 9
  }
})

/** Returns the rules of a model of v2, where a length is required. */
export const h3Model = (model: string): ModelSpec => h3Models[model] ?? { defaultSeconds: 5 }

/** A v1 video has the model's aspect ratio or that of the first frame, so there are no ratios. */
export interface HailuoModel extends ModelSpec {
  /** the required image */
  needs?: 'first' | 'reference'
  /** length and resolution cannot be set: the vendor refuses both fields */
  fixed?: true
}

const hailuo = { seconds: [6, 10], defaultSeconds: 6, audio: false, promptLimit: 2000 } as const
const hd = { resolutions: ['768P', '1080P'] } as const
const zeroOne = {
  seconds: [6],
  defaultSeconds: 6,
  resolutions: ['720P'],
  audio: false,
  promptLimit: 2000,
  // nodetool-ai/nodetool#4309: both fields are rejected
  fixed: true
} as const

export const hailuoModels = table<HailuoModel>({
  'MiniMax-Hailuo-2.3': { ...hailuo, ...hd, images: ['first'] },
  'MiniMax-Hailuo-2.3-Fast': { ...hailuo, ...hd, images: ['first'], needs: 'first' },
  'MiniMax-Hailuo-02': { ...hailuo, resolutions: ['512P', '768P', '1080P'], images: ['first', 'last'] },
  'T2V-01': { ...zeroOne, images: [] },
  'T2V-01-Director': { ...zeroOne, images: [] },
  'I2V-01': { ...zeroOne, images: ['first'], needs: 'first' },
  'I2V-01-Director': { ...zeroOne, images: ['first'], needs: 'first' },
  'I2V-01-live': { ...zeroOne, images: ['first'], needs: 'first' },
  'S2V-01': { audio: false, promptLimit: 2000, images: ['reference'], maxReferences: 1, needs: 'reference' }
})
