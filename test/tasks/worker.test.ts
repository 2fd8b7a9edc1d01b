import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Task } from '../../src/db/index.ts'
import type { TaskStore } from '../../src/stores/tasks.ts'
import { createClock } from '../../src/lib/clock.ts'
import { createThroughput } from '../../src/tasks/throughput.ts'
import type { Poller } from '../../src/tasks/poll.ts'
import type { Routing } from '../../src/tasks/routing.ts'
import { createWorker } from '../../src/tasks/worker.ts'
import { taskRow } from '../support/rows.ts'

/** A worker over a queue in memory; `picks` are how many it asked for, `submitted` the tasks that left, in order. */
function workerOver(waiting: Task[], { slots, startsTogether }: { slots: number; startsTogether: number }) {
  const picks: number[] = []
  const submitted: string[] = []
  const store = {
    startsTogether,
    nextWaiting: async (_now: number, { models }: { models: string[] }, limit: number) => {
      picks.push(limit)
      return waiting.filter(({ model }) => !models.includes(model)).slice(0, limit)
    },
    startWaiting: async (task: Task) => {
      if (slots === 0) return 'no channel slot'
      slots--
      waiting.splice(waiting.indexOf(task), 1)
      return { task, attempt: {} }
    },
    request: async () => ({}),
    get: async () => undefined
  } as unknown as TaskStore // true because a pump calls nothing else
  const worker = createWorker({
    tasks: store,
    routing: { routesFor: async () => [] } as unknown as Routing, // true because a pump asks for routes only
    submit: async task => {
      submitted.push(task.id)
      return task
    },
    leases: { renew: async () => {} },
    poller: {} as Poller, // nothing is followed here
    throughput: createThroughput(),
    log: pino({ level: 'silent' }),
    now: () => 1000,
    clock: createClock({ now: () => 1000, monotonic: () => 1000, rememberMs: 0 }),
    owner: 'a',
    reconcileAfterMs: 9
  })
  return { worker, picks, submitted }
}

const video = { model: 'm', prompt: 'p', images: [], metadata: {} }

const queue = (count: number) =>
  Array.from({ length: count }, (_, number) => taskRow({ id: `video_${number + 100}`, queueTag: number }))

test('while slots are free, more and more tasks leave the queue at once, in its order', async () => {
  const waiting = queue(100)
  const ids = waiting.map(({ id }) => id)
  const { worker, picks, submitted } = workerOver(waiting, { slots: 1000, startsTogether: 32 })
  await worker.startNow('video_100', { video })
  expect(picks).toEqual([1, 2, 4, 8, 16, 32, 32, 32, 32])
  expect(submitted).toEqual(ids)
})

test('when slots run out, those at the head have left, and the next round starts with one', async () => {
  const { worker, picks, submitted } = workerOver(queue(100), { slots: 9, startsTogether: 32 })
  await worker.startNow('video_100', { video })
  await worker.startNow('video_100', { video })
  expect(picks).toEqual([1, 2, 4, 8, 1, 1, 1])
  expect(submitted).toEqual(queue(9).map(({ id }) => id))
})

test('where starts would share no commit they are started one by one', async () => {
  const { worker, picks, submitted } = workerOver(queue(3), { slots: 9, startsTogether: 1 })
  await worker.startNow('video_100', { video })
  expect(picks).toEqual([1, 1, 1, 1])
  expect(submitted).toHaveLength(3)
})
