import { ark } from './ark.ts'
import { azure } from './azure.ts'
import { cloudsway } from './cloudsway.ts'
import { dashscope } from './dashscope.ts'
import { fal } from './fal.ts'
import { gemini } from './gemini.ts'
import { jimeng } from './jimeng.ts'
import { kling } from './kling.ts'
import { luma } from './luma.ts'
import { lumaLegacy } from './luma-legacy.ts'
import { minimax } from './minimax.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { pixverse } from './pixverse.ts'
import { replicate } from './replicate.ts'
import { runway } from './runway.ts'
import { table } from './table.ts'
import { vertex } from './vertex.ts'
import { vidu } from './vidu.ts'
import { xai } from './xai.ts'
import type { Vendor } from './vendor.ts'

/** Every vendor there is. Adding one is its file, its vectors and a line here. */
export const vendors = table<Vendor>({
  ark,
  azure,
  cloudsway,
  dashscope,
  fal,
  gemini,
  jimeng,
  kling,
  luma,
  'luma-legacy': lumaLegacy,
  minimax,
  openai,
  openrouter,
  pixverse,
  replicate,
  runway,
  vertex,
  vidu,
  xai
})

export type * from './vendor.ts'
