import { table } from '../../lib/table.ts'
import type { ModelSpec } from '../vendor.ts'

/* Source: docs.together.ai/docs/wan2.7-quickstart. Of other models no document states the limits. */

const wan = {
  seconds: { min: 2, max: 15 },
  defaultSeconds: 5,
  ratios: ['16:9', '9:16', '1:1', '4:3', '3:4'],
  resolutions: ['720P', '1080P'],
  promptLimit: 5000
} as const satisfies ModelSpec

export const togetherModels = table<ModelSpec>({
  'Wan-AI/wan2.7-t2v': { ...wan, images: [] },
  'Wan-AI/wan2.7-i2v': { ...wan, images: ['first', 'last'] },
  'Wan-AI/wan2.7-r2v': { ...wan, seconds: { min: 2, max: 10 }, images: ['reference'] }
})
