import { expect, test } from 'vitest'
import { nearestRatio, tierOf } from '../../src/vendors/shared/size.ts'
import mapping from '../vectors/size-mapping.json' with { type: 'json' }

test.each(mapping)('$width x $height is $ratio and $tier', ({ width, height, ratio, tier }) => {
  expect(nearestRatio(width, height)).toBe(ratio)
  expect(tierOf(width, height)).toBe(tier)
})
