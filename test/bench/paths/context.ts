import type { Client } from '../load.ts'
import { start, type Running } from '../processes.ts'
import type { Effort } from '../slices.ts'

/** What every path is given. */
export interface Context {
  client: Client
  /** on the clients' core, like them */
  vendor: Running
  effort: Effort
  quick: boolean
  /** tasks in flight for path D, and in the queue for path F */
  inFlight: number
  /** tasks in the grown tables of path G */
  rows: number
}

export function anchor(
  name: 'node-http' | 'fastify-bare' | 'fastify-select' | 'undici-relay',
  ...args: string[]
): Promise<Running> {
  return start([new URL(`../anchors/${name}.ts`, import.meta.url).pathname, ...args])
}
