import { cloudsway } from './cloudsway.ts'
import { kling } from './kling.ts'
import { runway } from './runway.ts'
import type { Vendor } from './vendor.ts'

/** Every vendor there is. Adding one is its file, its vectors and a line here. */
export const vendors: Record<string, Vendor> = { cloudsway, kling, runway }

export type * from './vendor.ts'
