import { setTimeout as pause } from 'node:timers/promises'
import { dataFolder, serve } from '../gateway.ts'
import { memoryOf } from '../machine.ts'
import { median, round, type Row } from '../slices.ts'
import { anchor, type Context } from './context.ts'

/** E: from the command to the first answer's address, and memory with nothing to do; spawns in turn. */
export async function startup({ quick }: Context): Promise<Row[]> {
  const folder = dataFolder()
  const [bare, ours] = [
    { ms: [] as number[], mb: [] as number[] },
    { ms: [] as number[], mb: [] as number[] }
  ]
  // the first start makes tables and keys; it is not counted
  await (await serve(folder)).stop()
  for (let number = 0; number < (quick ? 5 : 9); number++) {
    for (const [into, begin] of [
      [bare, () => anchor('fastify-bare')],
      [ours, () => serve(folder)]
    ] as const) {
      const server = await begin()
      await pause(700)
      into.ms.push(server.startMs)
      into.mb.push(memoryOf(server.pid))
      await server.stop()
    }
  }
  return [
    row('E start-up time (lower is better)', 1.6, ours.ms, bare.ms, 'ms'),
    row('E idle memory (lower is better)', 1.35, ours.mb, bare.mb, 'MB')
  ]
}

function row(name: string, goal: number, ours: number[], bare: number[], unit: string): Row {
  const times = median(ours.map((value, index) => value / bare[index]!))
  return {
    name,
    anchor: 'bare Fastify',
    rate: round(times),
    goal,
    met: times <= goal * 1.1,
    detail: `${round(median(ours))} ${unit}, bare Fastify ${round(median(bare))} ${unit}`
  }
}
