import { ark } from './ark/index.ts'
import { azure } from './openai/azure.ts'
import { bfl } from './bfl/index.ts'
import { bounded } from './bounded.ts'
import { cloudsway } from './kling/cloudsway.ts'
import { comfyui } from './comfyui/index.ts'
import { dashscope } from './dashscope/index.ts'
import { fal } from './fal/index.ts'
import { gemini } from './google/gemini.ts'
import { jimeng } from './jimeng/index.ts'
import { kling } from './kling/index.ts'
import { ltx } from './ltx/index.ts'
import { luma } from './luma/index.ts'
import { lumaLegacy } from './luma/legacy.ts'
import { minimax } from './minimax/index.ts'
import { openai } from './openai/index.ts'
import { openrouter } from './openai/openrouter.ts'
import { pixverse } from './pixverse/index.ts'
import { prediction } from './prediction/index.ts'
import { replicate } from './replicate/index.ts'
import { runway } from './runway/index.ts'
import { table } from '../lib/table.ts'
import { tencent } from './tencent/index.ts'
import { together } from './together/index.ts'
import { vercel } from './vercel/index.ts'
import { vertex } from './google/vertex.ts'
import { vidu } from './vidu/index.ts'
import { xai } from './xai/index.ts'
import { zhipu } from './zhipu/index.ts'
import type { Vendor } from './vendor.ts'

const adapters: Record<string, Vendor> = {
  ark,
  azure,
  bfl,
  cloudsway,
  comfyui,
  dashscope,
  fal,
  gemini,
  jimeng,
  kling,
  ltx,
  luma,
  'luma-legacy': lumaLegacy,
  minimax,
  openai,
  openrouter,
  pixverse,
  prediction,
  replicate,
  runway,
  tencent,
  together,
  vercel,
  vertex,
  vidu,
  xai,
  zhipu
}

/** All vendors by id, with what they read bounded. */
export const vendors = table(
  Object.fromEntries(Object.entries(adapters).map(([id, vendor]) => [id, bounded(vendor)] as const))
)

export type * from './vendor.ts'
