import { expect, test } from 'vitest'
import { createSemaphore } from '../../src/lib/semaphore.ts'

test('two run at once, the others in the order they came; a failure frees its permit', async () => {
  const turn = createSemaphore(2)
  const begun: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const works = gates.map(({ promise }, n) =>
    turn(() => {
      begun.push(n)
      return promise
    })
  )
  const outcomes = Promise.allSettled(works)
  expect(begun).toEqual([0, 1])
  gates[1]!.reject(new Error('broken'))
  await expect(works[1]).rejects.toThrow('broken')
  expect(begun).toEqual([0, 1, 2])
  gates[0]!.resolve()
  gates[2]!.resolve()
  await Promise.all([works[0], works[2]])
  expect(begun).toEqual([0, 1, 2, 3, 4])
  gates[3]!.resolve()
  gates[4]!.resolve()
  expect((await outcomes).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled'
  ])
  // a released permit is free again
  expect(await turn(async () => 'free')).toBe('free')
})
