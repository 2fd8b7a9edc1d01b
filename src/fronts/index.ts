import type { Front } from './front.ts'
import { azure } from './azure/index.ts'
import { gateway } from './gateway/index.ts'
import { kling } from './kling/index.ts'
import { openrouter } from './openrouter/index.ts'
import { replicate } from './replicate/index.ts'

/** Every front beside the two documented formats, in the order of the documentation. */
export const fronts: readonly Front[] = [openrouter, gateway, azure, replicate, kling]

/** Returns the front that a path belongs to; undefined: the documented formats. `path`: without a query. */
export function frontOf(path: string): Front | undefined {
  const plain = path.replaceAll(/\/{2,}/g, '/')
  return fronts.find(({ owns }) => owns.test(plain))
}
