import { describe, expect, test } from 'vitest'
import { createBuckets, rememberEach, rememberInCells } from '../../src/http/plugins/buckets.ts'
import { networkOf } from '../../src/lib/address.ts'

const now = () => 1e12

test('other keys, however many, never give a spent key its requests back', async () => {
  const take = createBuckets({ memory: rememberEach(now), shared: null, now })
  await take('spent', 1)
  for (let n = 0; n < 30_000; n++) await take(`key_${n}`, 1)
  expect(await take('spent', 1)).toMatchObject({ allowed: false })
})

test('a bucket that has filled up is forgotten', async () => {
  let time = 1e12
  const memory = rememberEach(() => time)
  const take = createBuckets({ memory, shared: null, now: () => time })
  await take('key_1', 10)
  time += 60_000
  await take('key_2', 10)
  expect(memory.get('key_1').taken).toBe(0)
  expect(memory.get('key_2').taken).toBe(1)
})

test('names by the ten thousand do not reset one that is spent, in a table of fixed size', async () => {
  const take = createBuckets({ memory: rememberInCells(), shared: null, now })
  const address = (text: string) => take(networkOf(text), 2)
  await address('2001:db8:1:2::1')
  await address('2001:db8:1:2:ffff::2')
  for (let n = 0; n < 20_000; n++) await address(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  expect(await address('2001:db8:1:2:3:4:5:6')).toMatchObject({ allowed: false })
})

test('what was counted together is known when the others fall silent', async () => {
  const answers = [{ allowed: true, bucket: { taken: 9, at: 5 }, remaining: 1, resetIn: 54_000, retryIn: 0 }, null]
  const shared = { take: async () => answers.shift() ?? null }
  const take = createBuckets({ memory: rememberEach(now), shared, now })
  expect(await take('key_1', 10)).toMatchObject({ remaining: 1 })
  expect(await take('key_1', 10)).toMatchObject({ allowed: true, remaining: 0 })
  expect(await take('key_1', 10)).toMatchObject({ allowed: false })
})

describe('networks', () => {
  test.each([
    ['2001:db8::1', '2001:db8::ffff:2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false]
  ])('%s and %s are one network: %s', (a, b, same) => {
    expect(networkOf(a) === networkOf(b)).toBe(same)
  })
})
