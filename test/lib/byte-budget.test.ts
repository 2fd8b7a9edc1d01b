import { expect, test } from 'vitest'
import { createByteBudget } from '../../src/lib/byte-budget.ts'

test('bytes are bounded in sum and per owner, and can be taken again once they are given back', () => {
  const budget = createByteBudget({ total: 100, each: 60 })
  const [a, b] = [budget.take('a', 60), budget.take('b', 40)]
  expect([a, b]).not.toContain(null)
  expect([budget.take('a', 1), budget.take('c', 1), budget.isOver('a', 1), budget.isOver('c', 1)]).toEqual([
    null,
    null,
    true,
    false
  ])
  b!.release()
  b!.release()
  expect(budget.size()).toBe(60)
  expect(budget.take('a', 1)).toBeNull()
  expect(budget.take('c', 40)).not.toBeNull()
})

test('a share grows while it fits and shrinks to what is needed', () => {
  const budget = createByteBudget({ total: 100, each: 60 })
  const share = budget.take('a', 10)!
  expect([share.grow(50), share.grow(1), budget.size()]).toEqual([true, false, 60])
  share.shrink(20)
  share.shrink(30)
  expect([budget.size(), share.grow(40)]).toEqual([20, true])
  share.release()
  expect(budget.size()).toBe(0)
})

test('whoever waits gets bytes when they are free, others do not wait behind one that does not fit', async () => {
  const budget = createByteBudget({ total: 100, each: 100 })
  const [large, small] = [budget.take('a', 50)!, budget.take('b', 50)!]
  const waitsForAll = budget.wait('c', 100, 60_000)
  const waitsForSome = budget.wait('d', 30, 60_000)
  small.release()
  ;(await waitsForSome)!.release()
  large.release()
  expect(await waitsForAll).not.toBeNull()
  expect(budget.size()).toBe(100)
})

test('a wait ends after its time, and an owner with too many waits has no further one', async () => {
  const budget = createByteBudget({ total: 10, each: 10, maxWaiting: 1 })
  const all = budget.take('a', 10)!
  const first = budget.wait('a', 5, 20)
  expect(await budget.wait('a', 5, 60_000)).toBeNull()
  expect(await first).toBeNull()
  all.release()
  expect(budget.size()).toBe(0)
})

test('more than an owner may have counts as all of it: it comes alone', () => {
  const budget = createByteBudget({ total: 100, each: 60 })
  expect(budget.take('a', 1000)).not.toBeNull()
  expect([budget.size(), budget.take('a', 1)]).toEqual([60, null])
})
