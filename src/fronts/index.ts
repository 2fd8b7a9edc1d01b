import type { Front } from './front.ts'
import { ark } from './ark/index.ts'
import { gemini } from './gemini/index.ts'
import { luma } from './luma/index.ts'
import { runway } from './runway/index.ts'
import { xai } from './xai/index.ts'
import { azure } from './azure/index.ts'
import { dashscope } from './dashscope/index.ts'
import { fal } from './fal/index.ts'
import { gateway } from './gateway/index.ts'
import { jimeng } from './jimeng/index.ts'
import { kling } from './kling/index.ts'
import { minimax } from './minimax/index.ts'
import { openai } from './openai/index.ts'
import { openrouter } from './openrouter/index.ts'
import { replicate } from './replicate/index.ts'
import { unified } from './unified/index.ts'
import { vidu } from './vidu/index.ts'

/** The two documented formats. What no other front owns is answered as they answer, errors of all other paths included. */
export const formats: readonly Front[] = [openai, unified]

/** Every front beside the two documented formats, in the order of the documentation. */
export const fronts: readonly Front[] = [
  openrouter,
  gateway,
  azure,
  replicate,
  kling,
  xai,
  gemini,
  ark,
  dashscope,
  runway,
  luma,
  minimax,
  vidu,
  jimeng,
  fal
]

/** Returns the front that a path belongs to; undefined: the documented formats. `path`: without a query. */
export function frontOf(path: string): Front | undefined {
  const plain = path.replaceAll(/\/{2,}/g, '/')
  return fronts.find(({ owns }) => owns.test(plain))
}
