import { expect, test, vi } from 'vitest'
import { createBatches } from '../../src/lib/batches.ts'

test('one batch at a time per name; what arrives meanwhile is the next batch, in order', async () => {
  const gate = Promise.withResolvers<void>()
  const work = vi.fn(async (_name: string, items: number[]) => {
    await gate.promise
    return items.map(item => item * 10)
  })
  const batched = createBatches(work)
  const answers = [batched('a', 1), batched('a', 2), batched('b', 7), batched('a', 3)]
  gate.resolve()
  expect(await Promise.all(answers)).toEqual([10, 20, 70, 30])
  expect(work.mock.calls).toEqual([
    ['a', [1]],
    ['b', [7]],
    ['a', [2, 3]]
  ])
  expect(await batched('a', 4)).toBe(40)
})

test('a failure fails the items of its batch, and none after them', async () => {
  const work = vi.fn(async (_name: string, items: number[]) => items)
  work.mockRejectedValueOnce(new Error('no answer'))
  const batched = createBatches(work)
  const [first, second] = [batched('a', 1), batched('a', 2)]
  await expect(first).rejects.toThrow('no answer')
  expect(await second).toBe(2)
})
