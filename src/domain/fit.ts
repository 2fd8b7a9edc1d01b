import type { DurationPolicy } from '../db/schema.ts'
import type { ModelSpec } from '../vendors/vendor.ts'

/* Which length a video gets when its model cannot make the one that was asked for, or none was. Pure; all lengths in seconds. */

/** Returns the lengths to try instead of one that the model cannot make, best first; empty: the policy allows none. */
export function lengthsInstead(asked: number, spec: ModelSpec, policy: DurationPolicy): number[] {
  switch (policy) {
    case 'nearest':
      return nearestFirst(lengthsOf(spec), asked)
    case 'up':
      return lengthsOf(spec).filter(length => length >= asked)
    case 'refuse':
      return []
  }
}

/** Returns the lengths to try when none was asked for, best first; empty: the model's table does not say what it makes. */
export function usualLengths(spec: ModelSpec): number[] {
  const { defaultSeconds } = spec
  const known = lengthsOf(spec)
  if (defaultSeconds === undefined) return nearestFirst(known, USUAL)
  return [defaultSeconds, ...nearestFirst(known, defaultSeconds).filter(length => length !== defaultSeconds)]
}

/** Returns the length that is nearest to `asked`, of two the longer; undefined when there is none. */
export const nearestLength = (asked: number, lengths: readonly number[]): number | undefined =>
  nearestFirst(lengths, asked)[0]

const USUAL = 5

/** By distance; of two that are equally far the longer comes first. */
function nearestFirst(lengths: readonly number[], to: number): number[] {
  return lengths.toSorted((a, b) => Math.abs(a - to) - Math.abs(b - to) || b - a)
}

/** Returns the lengths of a model's table, shortest first. */
function lengthsOf({ seconds = [] }: ModelSpec): number[] {
  if (!('min' in seconds)) return seconds.toSorted((a, b) => a - b)
  return Array.from({ length: seconds.max - seconds.min + 1 }, (_, step) => seconds.min + step)
}
