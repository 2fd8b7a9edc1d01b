import { cloudsway } from './cloudsway.ts'
import { fal } from './fal.ts'
import { jimeng } from './jimeng.ts'
import { kling } from './kling.ts'
import { lumaLegacy } from './luma-legacy.ts'
import { luma } from './luma.ts'
import { openai } from './openai.ts'
import { runway } from './runway.ts'
import type { Vendor } from './vendor.ts'
import { vidu } from './vidu.ts'

/** Every vendor there is. Adding one is its file, its vectors and a line here. */
export const vendors: Record<string, Vendor> = {
  cloudsway,
  fal,
  jimeng,
  kling,
  'luma-legacy': lumaLegacy,
  luma,
  openai,
  runway,
  vidu
}

export type * from './vendor.ts'
