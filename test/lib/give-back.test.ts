import { expect, test } from 'vitest'
import { giveBack } from '../../src/lib/give-back.ts'

test('large bytes are gone at once; small ones, which may share their memory, stay', () => {
  const large = Buffer.alloc(1024 * 1024, 'a')
  const small = Buffer.from('small')
  giveBack(large)
  giveBack(small)
  expect([large.length, small.toString()]).toEqual([0, 'small'])
})
