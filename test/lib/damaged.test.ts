import { expect, test } from 'vitest'
import { damaged, DamagedError, damageIn, intact } from '../../src/lib/damaged.ts'

const row = { id: 'a', list: damaged('list', []), result: damaged('the_result', null), fine: [1], nothing: null }

test('a row with damaged values may be passed on and shown, and its columns named', async () => {
  expect(damageIn({ ...row })).toEqual(['list', 'the_result'])
  expect(intact(row)).toEqual({ id: 'a', list: [], result: null, fine: [1], nothing: null })
  expect(damageIn({ value: await Promise.resolve(row.list) })).toEqual(['list'])
  const whole = { id: 'b', list: [] }
  expect(intact(whole)).toBe(whole)
})

test.each<[string, (value: object) => unknown]>([
  ['read', value => (value as { length: number }).length],
  ['spread', value => ({ ...value })],
  ['iterated', value => [...(value as unknown[])]],
  ['written', value => JSON.stringify(value)],
  ['searched', value => 'name' in value]
])('a damaged value cannot be %s', (_how, use) => {
  expect(() => use(row.list)).toThrow(DamagedError)
})
