import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Run } from './simulation.ts'

/* The short run; `npm run campaign:simulation` is the long one. In a process of its own, because time and chance are not the real ones there. */

async function run(environment: { SEED: number; SEEDS: number; LIVES: number }): Promise<(Run & { seed: number })[]> {
  const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]))
  const script = new URL('run.ts', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, REPORT: '1', ...env }
  })
  const lines = stdout.trim().split('\n')
  // true because it prints one JSON object a line, the last being the sum
  return lines.slice(0, -1).map(line => JSON.parse(line) as Run & { seed: number })
}

const SEEDS = 6

test('every invariant holds after every step, whatever fate brings', { timeout: 120_000 }, async () => {
  const runs = await run({ SEED: 1, SEEDS, LIVES: 100 })
  expect(runs).toHaveLength(SEEDS)
  for (const { seed, lives, ended, looks } of runs) {
    expect({ seed, enough: lives >= 100 }).toEqual({ seed, enough: true })
    expect(ended.completed).toBeGreaterThan(20)
    expect(looks).toBeGreaterThan(100)
  }
  const faults = new Set(runs.flatMap(one => Object.keys(one.faults)))
  for (const fault of ['a node dies', 'a node sleeps', 'all nodes end at once', 'the clock jumps forward'])
    expect(faults).toContain(fault)
  expect(faults.size).toBeGreaterThan(30)
})

test('the same seed is the same run, byte for byte, alone or after others', { timeout: 120_000 }, async () => {
  const [before, among] = await run({ SEED: 76, SEEDS: 2, LIVES: 60 })
  const [alone] = await run({ SEED: 77, SEEDS: 1, LIVES: 60 })
  expect(alone).toEqual(among)
  expect(alone!.hash).not.toBe(before!.hash)
})
