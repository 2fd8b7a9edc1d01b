import { csvLine } from '../../../lib/csv.ts'
import type { ShownTask } from './task-view.ts'

/* A task as a line of CSV: what a spreadsheet can use. */

type Cell = string | number | null

const iso = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000).toISOString())

const columns: Record<string, (task: ShownTask) => Cell> = {
  id: ({ id }) => id,
  state: ({ state }) => state,
  created_at: task => iso(task.created_at),
  started_at: task => iso(task.started_at),
  ended_at: task => iso(task.ended_at),
  duration_ms: task => task.duration_ms,
  model: ({ model }) => model,
  upstream_model: task => task.upstream_model,
  key_id: ({ key }) => key.id,
  key_name: ({ key }) => key.name,
  channel_id: ({ channel }) => channel?.id ?? null,
  channel_name: ({ channel }) => channel?.name ?? null,
  user: ({ user }) => user,
  group: ({ group }) => group,
  seconds: ({ seconds }) => seconds,
  size: ({ size }) => size,
  price: ({ price }) => price?.amount ?? null,
  held: ({ held }) => held?.amount ?? null,
  charged: ({ charged }) => charged?.amount ?? null,
  currency: ({ price, held, charged }) => (charged ?? held ?? price)?.currency ?? null,
  attempts: task => task.attempts_count,
  error_code: ({ error }) => error?.code ?? null,
  error_message: ({ error }) => error?.message ?? null,
  prompt: ({ prompt }) => prompt
}

export async function* csvOf(tasks: AsyncIterable<ShownTask>): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for await (const task of tasks) yield csvLine(Object.values(columns).map(cell => cell(task)))
}

export async function* linesOf(tasks: AsyncIterable<ShownTask>): AsyncGenerator<string> {
  for await (const task of tasks) yield `${JSON.stringify(task)}\n`
}
