import { defined } from '../lib/defined.ts'
import type { ModelSpec } from '../vendors/vendor.ts'

/**
 * Returns what at least one of several routes can do, best route first. What one of them leaves open is open, because that route may take
 * it. undefined: nothing is known.
 */
export function unionOf(routes: readonly (ModelSpec | undefined)[]): ModelSpec | undefined {
  const specs = routes.filter(spec => spec !== undefined)
  if (specs.length === 0 || specs.length < routes.length) return undefined
  const every = <Name extends keyof ModelSpec>(name: Name) => {
    const values = specs.map(spec => spec[name]).filter(value => value !== undefined)
    return values.length === specs.length ? values : undefined
  }
  const most = (name: 'maxReferences' | 'promptLimit') => {
    const values = every(name)
    return values && Math.max(...values)
  }
  const lengths = every('seconds')
  const sound = specs.some(({ audio }) => audio) || every('audio')?.includes(true)
  const retired = every('retired')?.[0]
  const reworks = [...new Set(specs.flatMap(spec => spec.reworks ?? []))]
  return defined({
    seconds: lengths && unionOfLengths(lengths),
    defaultSeconds: specs.find(({ defaultSeconds }) => defaultSeconds !== undefined)?.defaultSeconds,
    ratios: distinct(every('ratios')),
    resolutions: distinct(every('resolutions')),
    images: distinct(every('images')),
    maxReferences: most('maxReferences'),
    audio: sound,
    promptLimit: most('promptLimit'),
    maxVideos: Math.max(...specs.map(({ maxVideos = 1 }) => maxVideos)),
    reworks: reworks.length ? reworks : undefined,
    retired
  })
}

type Lengths = NonNullable<ModelSpec['seconds']>

const isList = (lengths: Lengths): lengths is readonly number[] => Array.isArray(lengths)

/** One range if all are and leave no gap, else a list of whole seconds. */
function unionOfLengths(all: readonly Lengths[]): Lengths {
  const seconds = [...new Set(all.flatMap(listOf))].sort((a, b) => a - b)
  const [min = 0, max = 0] = [seconds[0], seconds.at(-1)]
  const isOneRange = !all.some(isList) && seconds.length === max - min + 1
  return isOneRange ? { min, max } : seconds
}

const listOf = (lengths: Lengths): readonly number[] =>
  isList(lengths) ? lengths : Array.from({ length: lengths.max - lengths.min + 1 }, (_, index) => lengths.min + index)

const distinct = <Item>(lists: readonly (readonly Item[])[] | undefined) => lists && [...new Set(lists.flat())]
