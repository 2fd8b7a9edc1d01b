import { expect, test } from 'vitest'
import { isShort } from '../../src/lib/is-short.ts'

test.each<[unknown, number, boolean]>([
  ['abc', 3, true],
  ['abcd', 3, false],
  [{ ab: 'c' }, 3, true],
  [{ ab: 'cd' }, 3, false],
  [['a', ['b', { c: 'd' }]], 4, true],
  [['a', ['b', { c: 'd' }]], 3, false],
  [[1, null, true], 24, true],
  [Array(1000).fill(0), 24, false],
  [undefined, 8, true]
])('%j within %d: %s', (value, most, is) => {
  expect(isShort(value, most)).toBe(is)
})
