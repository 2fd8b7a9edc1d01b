import { cloudsway } from './cloudsway.ts'
import { kling } from './kling.ts'
import { luma } from './luma.ts'
import { lumaLegacy } from './luma-legacy.ts'
import { openai } from './openai.ts'
import { runway } from './runway.ts'
import type { Vendor } from './vendor.ts'

/** Every vendor there is. Adding one is its file, its vectors and a line here. */
export const vendors: Record<string, Vendor> = { cloudsway, kling, luma, 'luma-legacy': lumaLegacy, openai, runway }

export type * from './vendor.ts'
