import { beforeEach, expect, test } from 'vitest'
import type { Db } from '../../src/db/index.ts'
import type { ApiError } from '../../src/errors.ts'
import { createQueuePosition } from '../../src/tasks/queue-position.ts'

const tx = {} as Db // handed through, never used here

let tags: number[]
/** queued tasks of other keys */
let guests: Map<string, number>
let clock: number
/** rows that were read to answer */
let read: number

beforeEach(() => {
  tags = Array.from({ length: 100_000 }, (_, number) => number * 2)
  guests = new Map()
  clock = 1000
  read = 0
})

const key = { id: 'key_1', maxQueued: null }
// whoever is refused is told to wait a second for each task that must leave first
const others = {
  routing: { slotsOf: async () => 1 },
  durations: { typical: () => null, record() {} },
  throughput: { recordStart() {}, secondsFor: (position: number) => position }
}

const queuePosition = (maxQueued = 10) =>
  createQueuePosition({
    ...others,
    maxQueued,
    now: () => clock,
    store: {
      queuedOf: async () => 0,
      queuedByKey: async () => ((read += tags.length), new Map([['key_1', tags.length], ...guests])),
      queuedBefore: async (tag, most) => {
        const before = Math.min(tags.filter(one => one < tag).length, most)
        read += before
        return before
      },
      queueTags: async () => ((read += tags.length), [...tags]),
      isQueued: async () => tags.length > 0,
      missingSlot: async () => null,
      expectedTag: async () => tags.length
    }
  })

test('positions near the front are always exact', async () => {
  const { positionOf } = queuePosition()
  expect(await positionOf(0)).toBe(1)
  expect(await positionOf(200)).toBe(101)
  tags.splice(0, 50)
  expect(await positionOf(200)).toBe(51)
  expect(read).toBeLessThan(500)
})

test('positions further back are counted for all tasks together, every three seconds', async () => {
  const { positionOf } = queuePosition()
  const asked = await Promise.all([2000, 100_000, 199_998, 199_999].map(positionOf))
  expect(asked).toEqual([1001, 50_001, 100_000, 100_001])
  tags.splice(0, 1000)
  expect(await positionOf(100_000)).toBe(50_001)
  // a picture from before may not put anybody in front of those who are counted
  tags = [...Array.from({ length: 600 }, (_, number) => number - 1000), ...tags]
  expect(await positionOf(400)).toBe(501)
  expect(read).toBeLessThan(110_000)
  clock += 3000
  expect(await positionOf(100_000)).toBe(49_601)
})

test('a snapshot that could not be read is read again', async () => {
  let broken = true
  const { positionOf } = createQueuePosition({
    ...others,
    maxQueued: 1,
    now: () => clock,
    store: {
      queuedOf: async () => 0,
      queuedByKey: async () => new Map(),
      queuedBefore: async (_tag, most) => most,
      queueTags: async () => {
        if (broken) throw new Error('gone')
        return tags
      },
      isQueued: async () => true,
      missingSlot: async () => null,
      expectedTag: async () => tags.length
    }
  })
  await expect(positionOf(4000)).rejects.toThrow('gone')
  broken = false
  expect(await positionOf(4000)).toBe(2001)
})

test('the queue is full at exactly its limit, though it is not counted at every create', async () => {
  tags = [1, 2]
  const tooMany = entering(queuePosition(5))
  const enter = async () => {
    const over = await tooMany()
    if (over === 0) tags.push(9)
    return over
  }
  expect([await enter(), await enter(), await enter(), await enter()]).toEqual([0, 0, 0, 1])
  expect(read).toBe(2)
  tags.pop()
  clock += 50
  expect([await enter(), await enter()]).toEqual([0, 1])
})

test('a flood of refused creates counts the queue twenty times a second', async () => {
  tags = Array.from({ length: 1000 }, (_, number) => number)
  const tooMany = entering(queuePosition(1000))
  for (let n = 0; n < 100; n++) expect(await tooMany()).toBe(1)
  expect(read).toBe(1000)
})

test('a full queue still takes what is less than an even share of it, of each key', async () => {
  tags = Array.from({ length: 12 }, (_, number) => number)
  const { admit } = queuePosition(12)
  const enter = (id: string) =>
    admit(tx, { id, maxQueued: null }).then(
      () => guests.set(id, (guests.get(id) ?? 0) + 1),
      (error: ApiError) => error.code
    )
  const admitted = async (id: string) => {
    let count = 0
    while ((await enter(id)) !== 'overloaded') count++
    return count
  }
  expect([await admitted('key_1'), await admitted('key_2'), await admitted('key_3')]).toEqual([0, 6, 4])
  // another node has counted the same
  clock += 1000
  expect([await admitted('key_1'), await admitted('key_2'), await admitted('key_4')]).toEqual([0, 0, 3])
})

test('tasks that other nodes admit are noticed within a second', async () => {
  tags = [1]
  const tooMany = entering(queuePosition(5))
  expect(await tooMany()).toBe(0)
  tags = [1, 2, 3, 4, 5, 6, 7]
  expect(await tooMany()).toBe(0)
  clock += 1000
  expect(await tooMany()).toBe(3)
})

/** Lets one in: 0; or how many must leave first. */
function entering({ admit }: ReturnType<typeof createQueuePosition>) {
  return () =>
    admit(tx, key).then(
      () => 0,
      (error: ApiError) => {
        expect(error.code).toBe('overloaded')
        return error.retryAfterSeconds
      }
    )
}
