import { expect, test } from 'vitest'
import { inTurn } from '../../src/lib/in-turn.ts'

test('heavy work is done in the order it was asked for, others are served between two, and one that fails stops no other', async () => {
  const done: string[] = []
  const works = ['first', 'second', 'third'].map(name =>
    inTurn(() => {
      done.push(name)
      setImmediate(() => done.push(`after ${name}`))
      if (name === 'second') throw new Error('it failed')
      return name
    })
  )
  expect(done).toEqual([])
  const settled = await Promise.allSettled(works)
  expect(settled.map(one => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
    'first',
    'Error: it failed',
    'third'
  ])
  expect(done.slice(0, 5)).toEqual(['first', 'after first', 'second', 'after second', 'third'])
})

test('after long work others have many turns, not one', async () => {
  let turns = 0
  let isOver = false
  const count = () => {
    turns++
    if (!isOver) setImmediate(count)
  }
  const first = inTurn(() => {
    for (const end = performance.now() + 40; performance.now() < end;);
    setImmediate(count)
  })
  const turnsBefore = await inTurn(() => turns)
  isOver = true
  await first
  expect(turnsBefore).toBeGreaterThan(20)
})
