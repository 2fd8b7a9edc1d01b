import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startClient } from './load.ts'
import { machine } from './machine.ts'
import { content } from './paths/content.ts'
import type { Context } from './paths/context.ts'
import { fairness } from './paths/fairness.ts'
import { flight } from './paths/flight.ts'
import { growth } from './paths/growth.ts'
import { heavy } from './paths/heavy.ts'
import { ledger } from './paths/ledger.ts'
import { metrics } from './paths/metrics.ts'
import { overview } from './paths/overview.ts'
import { polls } from './paths/polls.ts'
import { startup } from './paths/startup.ts'
import { stored } from './paths/stored.ts'
import { streams } from './paths/streams.ts'
import { submits } from './paths/submits.ts'
import { start } from './processes.ts'
import type { Row } from './slices.ts'

const paths = {
  A: polls,
  B: submits,
  C: content,
  D: flight,
  E: startup,
  F: fairness,
  G: growth,
  H: heavy,
  L: ledger,
  M: metrics,
  O: overview,
  P: stored,
  S: streams
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(paths).join('') },
    'in-flight': { type: 'string' },
    rows: { type: 'string' }
  }
})

const results = new URL('results/', import.meta.url)
mkdirSync(results, { recursive: true })
const about = machine()
console.log(
  `${about.cpu}, ${about.cores} cores, Linux ${about.kernel}, Node ${about.node}, ${about.git}${about.changed ? ' with changes' : ''}`
)
console.log('Ratios are to the anchor beside it in this run: they say nothing of another machine.\n')

const client = await startClient()
const vendor = await start([new URL('vendor.ts', import.meta.url).pathname], { core: 1 })
const context: Context = {
  client,
  vendor,
  quick: options.quick,
  effort: options.quick ? { rounds: 3, seconds: 0.7 } : { rounds: 9, seconds: 1 },
  inFlight: Number(options['in-flight'] ?? (options.quick ? 10_000 : 100_000)),
  rows: Number(options.rows ?? (options.quick ? 100_000 : 1_000_000))
}

const rows: Row[] = []
const began = performance.now()
for (const [letter, measure] of Object.entries(paths)) {
  if (!options.only.toUpperCase().includes(letter)) continue
  const measured = await measure(context)
  rows.push(...measured)
  for (const row of measured) print(row)
}
client.stop()
await vendor.stop()

const report = new URL(`${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`, results)
writeFileSync(report, `${JSON.stringify({ at: new Date(), ...about, options, rows }, null, 2)}\n`)
console.log(`\n${Math.round((performance.now() - began) / 1000)} s; written to ${report.pathname}`)
process.exit(rows.some(({ met }) => met === false) ? 1 : 0)

function print({ name, anchor, rate, cpu, goal, met, detail }: Row) {
  const ratios = [rate, cpu === undefined ? undefined : `CPU ${cpu}`].filter(ratio => ratio !== undefined).join(' · ')
  const verdict = goal === undefined ? '' : `goal ${goal}${met ? '' : ' MISSED'}`
  console.log(`${name} / ${anchor}\n    ${ratios.padEnd(22)}${verdict.padEnd(18)}${detail}`)
}
