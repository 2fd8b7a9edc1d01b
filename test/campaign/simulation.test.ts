import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import type { Run } from './simulation.ts'

/* The short run; `npm run campaign:simulation` is the long one. In a process of its own, because time and chance are not the real ones there. */

const SEEDS = 5
const LIVES = 100

type Seeded = Run & { seed: number }

async function run(seed: number, seeds: number): Promise<Seeded[]> {
  const env = { ...process.env, REPORT: '1', SEED: `${seed}`, SEEDS: `${seeds}`, LIVES: `${LIVES}` }
  const { stdout } = await promisify(execFile)(process.execPath, [new URL('run.ts', import.meta.url).pathname], { env })
  // true because it prints one JSON object a line, the last being the sum
  return stdout
    .trim()
    .split('\n', seeds)
    .map(line => JSON.parse(line) as Seeded)
}

let runs: Seeded[]
beforeAll(async () => {
  runs = await run(1, SEEDS)
}, 120_000)

test('every invariant holds after every step, whatever fate brings', () => {
  expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5])
  for (const { lives, ended, looks } of runs) {
    expect(lives).toBeGreaterThanOrEqual(LIVES)
    expect(ended.completed).toBeGreaterThan(LIVES / 5)
    expect(looks).toBeGreaterThan(LIVES)
  }
  const faults = new Set(runs.flatMap(one => Object.keys(one.faults)))
  for (const fault of ['a node dies', 'a node sleeps', 'all nodes end at once', 'the clock jumps forward'])
    expect(faults).toContain(fault)
  expect(faults.size).toBeGreaterThan(30)
})

test('the same seed is the same run, byte for byte, after others or alone', { timeout: 60_000 }, async () => {
  expect(await run(SEEDS, 1)).toEqual(runs.slice(-1))
  expect(new Set(runs.map(({ hash }) => hash)).size).toBe(SEEDS)
})
