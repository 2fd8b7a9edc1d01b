import { table } from '../../lib/table.ts'
import type { ModelSpec } from '../vendor.ts'

/* Source: docs.bigmodel.cn, OpenAPI of POST /paas/v4/videos/generations (six request schemas), read in November 2026. */

export interface ZhipuModel extends ModelSpec {
  /** `size` may be one of these; absent: the model has one size, or takes an aspect ratio */
  sizes?: readonly string[]
  /** the required image */
  needs?: 'first' | 'reference'
  /** length and sound follow the model: the schema has no `duration` */
  unmeasured?: true
}

const promptLimit = 512
const wide = ['1024x1024', '1920x1080', '1080x1920', '2048x1080', '3840x2160'] as const

const cogVideo2 = {
  promptLimit,
  images: ['first'],
  sizes: ['720x480', '1280x960', '960x1280', ...wide],
  unmeasured: true
} as const satisfies ZhipuModel

const q1 = { promptLimit, seconds: [5], defaultSeconds: 5, resolutions: ['1080p'] } as const satisfies ZhipuModel
const vidu2 = { promptLimit, seconds: [4], defaultSeconds: 4, resolutions: ['720p'] } as const satisfies ZhipuModel
const ratios = ['16:9', '9:16', '1:1'] as const

export const zhipuModels = table<ZhipuModel>({
  'cogvideox-3': {
    promptLimit,
    seconds: [5, 10],
    defaultSeconds: 5,
    images: ['first', 'last'],
    sizes: ['1280x720', '720x1280', ...wide]
  },
  'cogvideox-2': cogVideo2,
  'cogvideox-flash': cogVideo2,
  // background music exists only for videos of four seconds
  'viduq1-text': { ...q1, images: [], ratios, audio: false },
  'viduq1-image': { ...q1, images: ['first'], needs: 'first', audio: false },
  'viduq1-start-end': { ...q1, images: ['first', 'last'], needs: 'first' },
  'vidu2-image': { ...vidu2, images: ['first'], needs: 'first' },
  'vidu2-start-end': { ...vidu2, images: ['first', 'last'], needs: 'first', sizes: ['1280x720', '480x360'] },
  'vidu2-reference': { ...vidu2, images: ['reference'], maxReferences: 3, needs: 'reference', ratios }
})
