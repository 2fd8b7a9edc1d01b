import type { Front } from './front.ts'

/** Every front beside the two documented formats, in the order of the documentation. */
export const fronts: readonly Front[] = []

/** Returns the front that a path belongs to; undefined: the documented formats. `path`: without a query. */
export function frontOf(path: string): Front | undefined {
  const plain = path.replaceAll(/\/{2,}/g, '/')
  return fronts.find(({ owns }) => owns.test(plain))
}
