import { table } from '../../lib/table.ts'
import type { ModelSpec } from '../vendor.ts'

/*
 * Sources: docs.ltx.video/models (support matrix of LTX-2: which lengths, rates and sizes; portrait since 2.3) and submit-image-to-video (prompt,
 * last frame); docs.comfy.org, Comfy Router's schema of ltx-2-5-* (lengths, rates, sizes of 2.5). A last frame with 2.5 is peer code.
 */

// LTX gets a size in pixels
export const sizes = table<Readonly<Record<string, string>>>({
  '16:9': { '720p': '1280x720', '1080p': '1920x1080', '2k': '2560x1440', '4k': '3840x2160' },
  '9:16': { '720p': '720x1280', '1080p': '1080x1920', '2k': '1440x2560', '4k': '2160x3840' }
})

export const resolutions = ['720p', '1080p', '2k', '4k'] as const

export const rates = [24, 25, 48, 50]

const common = {
  // a length must be sent; the shortest that all models have
  defaultSeconds: 6,
  ratios: ['16:9', '9:16'],
  resolutions,
  images: ['first', 'last'],
  promptLimit: 5000
} as const satisfies ModelSpec

const long = [6, 8, 10, 12, 14, 16, 18, 20]
const short = [6, 8, 10]

const two = { ...common, ratios: ['16:9'], resolutions: ['1080p', '2k', '4k'], images: ['first'] } as const
// -1: `duration: null`, peer code
const five = { ...common, choosesSeconds: true } as const

export const models = table<ModelSpec>({
  'ltx-2-5-fast': { ...five, seconds: [2, 3, 4, 5, ...long] },
  // 4k: docs.ltx.io/pricing of 2026-10-07 has a price for it, Comfy Router does not take it yet
  'ltx-2-5-pro': { ...five, seconds: [2, 3, 4, 5, ...short], resolutions: ['720p', '1080p', '4k'] },
  'ltx-2-3-fast': { ...common, seconds: long },
  'ltx-2-3-pro': { ...common, seconds: short },
  'ltx-2-fast': { ...two, seconds: long },
  'ltx-2-pro': { ...two, seconds: short }
})
