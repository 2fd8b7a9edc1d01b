import { expect, test } from 'vitest'
import type { Task } from '../../src/db/index.ts'
import { createTaskCache } from '../../src/tasks/cache.ts'

// of a row only the identity and the prompt matter here
const row = (prompt: string) => ({ prompt }) as Task

function setUp(freshMs: number) {
  const waiting: ((task: Task | undefined) => void)[] = []
  const clock = { time: 1000 }
  const load = () => new Promise<Task | undefined>(resolve => waiting.push(resolve))
  const recent = createTaskCache({ load, now: () => clock.time, freshMs })
  return { recent, waiting, clock }
}

test('a row is returned synchronously while it is fresh, then it is read again', async () => {
  const { recent, waiting, clock } = setUp(1000)
  const first = recent.get('a')
  waiting[0]!(row('one'))
  expect(await first).toEqual(row('one'))
  clock.time += 999
  expect(recent.get('a')).toEqual(row('one'))
  clock.time += 1
  expect(recent.get('a')).toBeInstanceOf(Promise)
  expect(waiting).toHaveLength(2)
})

test('a clock that is set back does not keep a row fresh', async () => {
  const { recent, waiting, clock } = setUp(1000)
  const first = recent.get('a')
  waiting[0]!(row('one'))
  await first
  clock.time -= 3_600_000
  expect(recent.get('a')).toBeInstanceOf(Promise)
})

test('a changed row is read again at once', async () => {
  const { recent, waiting } = setUp(1000)
  const first = recent.get('a')
  waiting[0]!(row('one'))
  await first
  recent.invalidate('a')
  expect(recent.get('a')).toBeInstanceOf(Promise)
})

test('a row that was read before its change is not cached after it', async () => {
  const { recent, waiting } = setUp(1000)
  const before = recent.get('a')
  recent.invalidate('a')
  const after = recent.get('a')
  waiting[1]!(row('new'))
  expect(await after).toEqual(row('new'))
  waiting[0]!(row('old'))
  await before
  expect(recent.get('a')).toEqual(row('new'))
})

test('a missing row is not cached', async () => {
  const { recent, waiting } = setUp(1000)
  const first = recent.get('a')
  waiting[0]!(undefined)
  expect(await first).toBeUndefined()
  expect(recent.get('a')).toBeInstanceOf(Promise)
})

test('with other nodes nothing is cached', async () => {
  const { recent, waiting } = setUp(0)
  const first = recent.get('a')
  waiting[0]!(row('one'))
  await first
  expect(recent.get('a')).toBeInstanceOf(Promise)
})

test('a read that failed is tried again', async () => {
  const recent = createTaskCache({
    load: () => Promise.reject(new Error('database')),
    now: () => 0,
    freshMs: 1000
  })
  await expect(recent.get('a')).rejects.toThrow('database')
  await expect(recent.get('a')).rejects.toThrow('database')
})
