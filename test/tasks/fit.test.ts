import { describe, expect, test } from 'vitest'
import { lengthsInstead, nearestLength, usualLengths } from '../../src/domain/fit.ts'
import type { DurationPolicy } from '../../src/db/index.ts'
import { vendors } from '../../src/vendors/index.ts'
import type { ModelSpec } from '../../src/vendors/vendor.ts'

const list: ModelSpec = { seconds: [5, 10] }
const sora: ModelSpec = { seconds: [4, 8, 12] }
const range: ModelSpec = { seconds: { min: 3, max: 6 } }

describe('instead of a length that the model cannot make', () => {
  test.each<[string, number, ModelSpec, DurationPolicy, number[]]>([
    ['the nearest first', 4, list, 'nearest', [5, 10]],
    ['above the middle', 8, list, 'nearest', [10, 5]],
    ['a tie goes up', 7.5, list, 'nearest', [10, 5]],
    ['a tie goes up, of three', 6, sora, 'nearest', [8, 4, 12]],
    ['above the longest: the longest', 30, list, 'nearest', [10, 5]],
    ['below the shortest: the shortest', 1, list, 'nearest', [5, 10]],
    ['in a range', 2, range, 'nearest', [3, 4, 5, 6]],
    ['a fraction in a range', 4.5, range, 'nearest', [5, 4, 6, 3]],
    ['up', 4, list, 'up', [5, 10]],
    ['up, not down', 6, list, 'up', [10]],
    ['up, above the longest', 11, list, 'up', []],
    ['up, a fraction', 4.2, range, 'up', [5, 6]],
    ['refuse', 4, list, 'refuse', []],
    ['a model without a table', 4, {}, 'nearest', []]
  ])('%s: %f', (_what, asked, spec, policy, expected) => {
    expect(lengthsInstead(asked, spec, policy)).toEqual(expected)
  })

  test('of two the longer is nearer', () => {
    expect(nearestLength(6, [4, 8])).toBe(8)
    expect(nearestLength(6, [])).toBeUndefined()
  })
})

describe('when no length is asked for', () => {
  test.each<[string, ModelSpec, number[]]>([
    ['the default, although others are nearer to five', { seconds: [4, 6, 8], defaultSeconds: 8 }, [8, 6, 4]],
    ['without a default the nearest to five', { seconds: [4, 8] }, [4, 8]],
    ['in a range five', { seconds: { min: 3, max: 6 } }, [5, 6, 4, 3]],
    ['a default without a table', { defaultSeconds: 5 }, [5]],
    ['nothing is known', {}, []]
  ])('%s', (_what, spec, expected) => {
    expect(usualLengths(spec)).toEqual(expected)
  })
})

describe('OpenAI’s programs can only say 4, 8 or 12 seconds', () => {
  const models = Object.values(vendors).flatMap(({ id, models: known }) =>
    Object.entries(known).flatMap(([name, spec]) => (spec.seconds ? [[`${id} ${name}`, spec] as const] : []))
  )

  test.each(models)('%s makes one of its lengths for each', (_name, spec) => {
    const makes = (length: number) =>
      'min' in spec.seconds! ? length >= spec.seconds.min && length <= spec.seconds.max : spec.seconds!.includes(length)
    for (const asked of [4, 8, 12]) expect(makes(lengthsInstead(asked, spec, 'nearest')[0]!)).toBe(true)
    expect(makes(usualLengths(spec)[0]!)).toBe(true)
  })
})
