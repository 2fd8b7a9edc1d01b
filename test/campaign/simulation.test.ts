import { beforeEach, expect, test, vi } from 'vitest'
import { simulate } from './simulation.ts'

// ids hold chance of their own; here they count, so that a seed gives the same run byte for byte
const ids = vi.hoisted(() => ({ made: 0 }))
vi.mock('../../src/lib/ids.ts', () => ({
  newId: (prefix: string, now: number) =>
    `${prefix}_${now.toString(16).padStart(12, '0')}${(++ids.made).toString(16).padStart(20, '0')}`,
  lowestId: (prefix: string, time: number) => `${prefix}_${Math.max(0, time).toString(16).padStart(12, '0')}`
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
    const { lives, ended, deaths, faults } = await simulate(seed, LIVES)
    expect(lives).toBe(LIVES)
    expect(ended.completed).toBeGreaterThan(LIVES / 3)
    expect(deaths).toBeGreaterThan(0)
    console.info(JSON.stringify({ seed, lives, deaths, ended, faults: Object.keys(faults).length }))
  }
)
