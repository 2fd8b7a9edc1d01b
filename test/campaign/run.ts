import './hooks.ts'
import { cpuUsage, env } from 'node:process'
import { setFlagsFromString } from 'node:v8'
import type { Run } from './simulation.ts'

/* `node test/campaign/run.ts`: seeds SEED, SEED + 1, … of LIVES tasks each. A line of JSON for what every REPORT seeds have seen, and one for each
   that failed; SEED=n SEEDS=1 LIVES=the same repeats it exactly. Ends with 1 when any has failed. */

// what a step makes is forgotten after it: with more room it is never copied
setFlagsFromString('--max-semi-space-size=64')

// after the hooks: they change what these load
const { openShared } = await import('./stand-ins/database.ts')
const { simulate } = await import('./simulation.ts')

const number = (name: string, usual: number) => Number(env[name] ?? usual)
const first = number('SEED', 1)
const seeds = number('SEEDS', 10_000)
const lives = number('LIVES', 100)
const report = number('REPORT', 100)

const empty = () => ({ seeds: 0, lives: 0, steps: 0, looks: 0, faults: {}, ended: {} })
const total: Omit<Run, 'hash'> & { seeds: number } = empty()
let failed = 0
const began = performance.now()

const shared = await openShared()
for (let seed = first; seed < first + seeds; seed++) {
  try {
    const run = await simulate(shared, seed, lives)
    total.seeds++
    for (const name of ['lives', 'steps', 'looks'] as const) total[name] += run[name]
    for (const name of ['faults', 'ended'] as const)
      for (const [what, count] of Object.entries(run[name])) total[name][what] = (total[name][what] ?? 0) + count
    if (report === 1) console.log(JSON.stringify({ seed, ...run }))
    else if (total.seeds % report === 0) summarize(seed)
  } catch (error) {
    failed++
    console.log(JSON.stringify({ seed, lives, failed: String(error) }))
    console.error(error)
  }
}
await shared.close()
summarize('all')
process.exitCode = failed ? 1 : 0

function summarize(upTo: number | 'all') {
  const seconds = (performance.now() - began) / 1000
  const cpu = cpuUsage()
  const perSecond = Math.round(total.lives / seconds)
  const perCpuSecond = Math.round((total.lives / (cpu.user + cpu.system)) * 1e6)
  console.log(JSON.stringify({ upTo, ...total, failed, seconds: Math.round(seconds), perSecond, perCpuSecond }))
}
