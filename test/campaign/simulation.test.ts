import { beforeEach, expect, test, vi } from 'vitest'
import { simulate } from './simulation.ts'

// ids hold chance of their own; here they count, so that a seed gives the same run byte for byte
const ids = vi.hoisted(() => ({ made: 0 }))
vi.mock('../../src/lib/ids.ts', () => ({
  newId: (prefix: string, now: number) =>
    `${prefix}_${now.toString(16).padStart(12, '0')}${(++ids.made).toString(16).padStart(20, '0')}`,
  lowestId: (prefix: string, time: number) => `${prefix}_${Math.max(0, time).toString(16).padStart(12, '0')}`
}))
vi.mock('node:timers/promises', async actual => ({
  ...(await actual<typeof import('node:timers/promises')>()),
  setTimeout: (await import('./agenda.ts')).sleep
}))
beforeEach(() => {
  ids.made = 0
})

const LIVES = Number(process.env.LIVES ?? 300)
const FIRST_SEED = Number(process.env.SEED ?? 1)
const SEEDS = Number(process.env.SEEDS ?? 3)

/* SEED=7 SEEDS=1 LIVES=2000 repeats one run exactly; `npm run campaign:simulation` is the long one. */

test.each(Array.from({ length: SEEDS }, (_, n) => FIRST_SEED + n))(
  `${LIVES} lives of tasks, seed %i: every invariant holds`,
  { timeout: 3_600_000 },
  async seed => {
    const began = performance.now()
    const run = await simulate(seed, LIVES)
    expect(run.lives).toBe(LIVES)
    expect(run.ended.completed).toBeGreaterThan(LIVES / 3)
    expect(run.deaths).toBeGreaterThan(0)
    expect(run.sleeps).toBeGreaterThan(0)
    const perSecond = Math.round((LIVES / (performance.now() - began)) * 1000)
    console.info(JSON.stringify({ seed, ...run, faults: Object.keys(run.faults).length, perSecond }))
  }
)

test('the same seed is the same run, byte for byte', { timeout: 60_000 }, async () => {
  const once = await simulate(77, 150)
  ids.made = 0
  expect(await simulate(77, 150)).toEqual(once)
  ids.made = 0
  expect((await simulate(78, 150)).hash).not.toBe(once.hash)
})
