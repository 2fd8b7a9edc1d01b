import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClock } from '../../src/lib/clock.ts'
import { createLoop } from '../../src/loop.ts'

/* When rounds begin, in milliseconds after the start; the timers are vitest's. */

let rounds: number[]
let start: number
let dueAt: number | null
let isFull: boolean
let onRound: () => Promise<void>
let loop: ReturnType<typeof createLoop>

const now = () => Date.now()
const nothing = async () => {}

beforeEach(() => {
  vi.useFakeTimers()
  start = now()
  rounds = []
  dueAt = null
  isFull = false
  onRound = nothing
  loop = createLoop({
    worker: {
      async begin() {
        rounds.push(now() - start)
        await onRound()
        return { moved: 0, isFull }
      }
    },
    tasks: { nextDue: async () => dueAt },
    followUp: { begin: nothing },
    health: { revive: nothing },
    archiver: { begin: nothing, sweep: nothing },
    unresolved: { sweep: nothing },
    cleanup: nothing,
    clampSchedule: nothing,
    now,
    clock: createClock({ now, monotonic: now, rememberMs: 0 }),
    log: pino({ level: 'silent' })
    // true because the loop calls nothing else
  } as unknown as Parameters<typeof createLoop>[0])
  loop.start()
})
afterEach(async () => {
  await loop.stop()
  vi.useRealTimers()
})

test('without news there is a round each second', async () => {
  await vi.advanceTimersByTimeAsync(2500)
  expect(rounds).toEqual([0, 1000, 2000])
})

test('changes that keep coming do not put a round off', async () => {
  await vi.advanceTimersByTimeAsync(0)
  for (let change = 0; change < 20; change++) {
    loop.notify()
    await vi.advanceTimersByTimeAsync(5)
  }
  expect(rounds).toEqual([0, 20, 40, 60, 80, 100])
})

test('a change while a round runs is followed by another round', async () => {
  onRound = async () => {
    if (rounds.length === 1) loop.notify()
  }
  await vi.advanceTimersByTimeAsync(900)
  expect(rounds).toEqual([0, 20])
})

test('a task that rests until then calls for a round then', async () => {
  await vi.advanceTimersByTimeAsync(0)
  loop.notify(start + 300)
  loop.notify(start + 700)
  await vi.advanceTimersByTimeAsync(900)
  expect(rounds).toEqual([0, 300])
})

test('what is due soon is claimed together, and when there is more than a batch the next one follows at once', async () => {
  dueAt = start
  await vi.advanceTimersByTimeAsync(100)
  expect(rounds).toEqual([0, 50, 100])
  isFull = true
  await vi.advanceTimersByTimeAsync(90)
  expect(rounds).toEqual([0, 50, 100, 150, 170, 190])
})
