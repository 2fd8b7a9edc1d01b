import type { ModelSpec } from '../../vendors/vendor.ts'

/** Returns the lengths of a model as a list of whole seconds; null: unknown. */
export function lengthsOf({ seconds }: ModelSpec): readonly number[] | null {
  if (seconds === undefined) return null
  if ('min' in seconds) return Array.from({ length: seconds.max - seconds.min + 1 }, (_, index) => seconds.min + index)
  return seconds
}
