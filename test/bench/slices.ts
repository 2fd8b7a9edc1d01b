import { setTimeout as pause } from 'node:timers/promises'
import type { Measured, Order } from './client.ts'
import type { Client } from './load.ts'
import { busySeconds, cpuOf } from './machine.ts'

/* One server is only ever compared with another in the same run: slice by slice, next to each other, the order turned each round. */

export interface Side {
  pid: number
  order: Exclude<Order, { kind: 'streams' }>
}

export interface Pair {
  name: string
  anchorName: string
  goal?: number
  candidate: Side
  anchor: Side
  /** what counts: requests (default) or bytes */
  unit?: 'requests' | 'bytes'
}

interface Slice extends Measured {
  perSecond: number
  /** server's CPU microseconds per request, or per megabyte */
  cpu: number
}

/** A ratio above 1: the candidate did more than the anchor. */
export interface Row {
  name: string
  anchor: string
  /** median over the rounds of candidate's rate / the anchor's beside it */
  rate?: number
  /** anchor's CPU per request / candidate's, lower quartiles */
  cpu?: number
  goal?: number
  /** the better of both reaches nine tenths of the goal (the noise of a shared machine) */
  met?: boolean
  detail: string
}

export interface Effort {
  rounds: number
  seconds: number
}

/** Measures each pair in interleaved rounds. Throws when a request failed: a fast error is no result. */
export async function compare(client: Client, pairs: readonly Pair[], { rounds, seconds }: Effort): Promise<Row[]> {
  const slices = new Map<Side, Slice[]>()
  const sides = pairs.flatMap(({ candidate, anchor }) => [candidate, anchor])
  for (const side of sides) {
    slices.set(side, [])
    await measure(client, { ...side, order: { ...side.order, seconds: Math.min(1, seconds) } }, 'requests')
  }
  for (let round = 0; round < rounds; round++) {
    for (const { candidate, anchor, unit = 'requests' } of pairs) {
      for (const side of round % 2 ? [candidate, anchor] : [anchor, candidate]) {
        await quiet()
        slices.get(side)!.push(await measure(client, { ...side, order: { ...side.order, seconds } }, unit))
      }
    }
  }
  return pairs.map(pair => toRow(pair, slices.get(pair.candidate)!, slices.get(pair.anchor)!))
}

async function measure(client: Client, { pid, order }: Side, unit: 'requests' | 'bytes'): Promise<Slice> {
  const before = cpuOf(pid)
  const measured = await client.run(order)
  if (measured.bad > 0) throw new Error(`${measured.bad} requests failed at ${order.url}`)
  const amount = unit === 'requests' ? measured.count : measured.bytes / 1e6
  return { ...measured, perSecond: amount / measured.seconds, cpu: (cpuOf(pid) - before) / amount }
}

/** Waits up to 2.5 s for a moment in which the machine has less than a third of a core to do. */
async function quiet() {
  for (let tries = 0; tries < 12; tries++) {
    const before = busySeconds()
    await pause(200)
    if ((busySeconds() - before) / 0.2 < 0.3) return
  }
}

function toRow({ name, anchorName, goal, unit = 'requests' }: Pair, candidate: Slice[], anchor: Slice[]): Row {
  const rate = median(candidate.map(({ perSecond }, round) => perSecond / anchor[round]!.perSecond))
  const cpu = quartile(anchor.map(slice => slice.cpu)) / quartile(candidate.map(slice => slice.cpu))
  const rates = candidate.map(({ perSecond }) => perSecond)
  const of = unit === 'requests' ? '/s' : ' MB/s'
  const each = unit === 'requests' ? 'request' : 'MB'
  return {
    name,
    anchor: anchorName,
    rate: round(rate),
    ...(Number.isFinite(cpu) && { cpu: round(cpu) }),
    ...(goal !== undefined && { goal, met: Math.max(rate, Number.isFinite(cpu) ? cpu : 0) >= goal * 0.9 }),
    detail:
      `${Math.round(median(rates))}${of} [${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))}]` +
      `, CPU ${round(quartile(candidate.map(slice => slice.cpu)))} µs per ${each}` +
      (unit === 'requests' ? `, p99 ${round(median(candidate.map(({ p99 }) => p99)))} ms` : '')
  }
}

export const round = (value: number) => Number(value.toPrecision(3))

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const median = (values: readonly number[]) => quantile(values, 0.5)
const quartile = (values: readonly number[]) => quantile(values, 0.25)
