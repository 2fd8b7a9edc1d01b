import { InvalidArgumentError, type Command } from 'commander'
import { taskStates } from '../domain/task-state.ts'
import type { Video } from '../fronts/documented/video.ts'
import { defined } from '../lib/defined.ts'
import { ago, jsonOption, wholeNumber } from './arguments.ts'
import { askAll } from './client.ts'
import { usage } from './exit.ts'
import { idOf } from './find.ts'
import { withClient } from './open.ts'
import { cut, print, printTable, time, type Cell, type Format } from './print.ts'

interface Money {
  amount: string
  currency: string
}

interface Named {
  id: string
  name: string
}

/** A task of the admin API's list. */
export type Task = Video & {
  state: string
  key: Named
  channel: Named | null
  price: Money | null
  held: Money | null
  charged: Money | null
}

interface ListOptions extends Format {
  state?: string
  status?: string
  model?: string
  key?: string
  channel?: string
  user?: string
  error?: string
  search?: string
  from?: number
  to?: number
  limit: number
}

/** Adds `tasks list`. It takes the words that it and the other commands print. */
export function taskListCommand(tasks: Command) {
  tasks
    .command('list')
    .description('list the newest tasks')
    .option('--state <states>', `only in these states, comma-separated: ${taskStates.join(', ')}`, statesOf)
    .option('--status <words>', `the same in OpenAI's words: ${Object.keys(statuses).join(', ')}`, statesOfStatus)
    .option('--model <model>', 'only of this model')
    .option('--key <key>', 'only of this key (name or id, also a revoked one)')
    .option('--channel <channel>', 'only at this channel (name or id)')
    .option('--user <user>', 'only of this user of a client')
    .option('--error <code>', 'only with this error code')
    .option('--search <text>', 'only with this text in the prompt or id')
    .option('--from <when>', 'created since (UTC), e.g. 2026-11-01, or 12h for 12 hours ago', ago)
    .option('--to <when>', 'created before, in the same format', ago)
    .option('--limit <n>', 'how many', wholeNumber(1, 100_000), 20)
    .addOption(jsonOption())
    .action(({ state, status, key, channel, search, from, to, limit, json, ...same }: ListOptions) =>
      withClient(async client => {
        if (state !== undefined && status !== undefined) throw usage('Use only one of --state and --status.')
        const filter = new URLSearchParams(
          defined({
            ...same,
            state: state ?? status,
            key: key === undefined ? undefined : await idOf(client, 'key', key),
            channel: channel === undefined ? undefined : await idOf(client, 'channel', channel),
            q: search,
            from: from?.toString(),
            to: to?.toString()
          })
        )
        print(await askAll<Task>(client, `/admin/tasks?${filter}`, limit), { json }, list =>
          printTable(
            ['ID', 'STATE', 'DONE', 'MODEL', 'KEY', 'CHANNEL', 'COST', 'CREATED (UTC)', 'REASON', 'PROMPT'],
            list.map(rowOf)
          )
        )
      })
    )
}

/** OpenAI's words, and the states that each stands for. */
const statuses: Readonly<Record<string, readonly string[]>> = {
  queued: ['waiting'],
  in_progress: ['running'],
  completed: ['succeeded'],
  failed: ['failed', 'cancelled', 'needs_decision'],
  refused: ['refused']
}

/** Parses states; words of OpenAI that are none are taken too. */
const statesOf = (text: string) =>
  readWords(text, word => ((taskStates as readonly string[]).includes(word) ? [word] : statuses[word]))

/** Parses OpenAI's words; states are taken too. */
const statesOfStatus = (text: string) =>
  readWords(text, word => statuses[word] ?? ((taskStates as readonly string[]).includes(word) ? [word] : undefined))

function readWords(text: string, read: (word: string) => readonly string[] | undefined): string {
  const states = text.split(',').map(word => read(word.trim()))
  if (states.every(one => one !== undefined)) return [...new Set(states.flat())].join()
  throw new InvalidArgumentError(`It must be of ${taskStates.join(', ')}, or of ${Object.keys(statuses).join(', ')}.`)
}

function rowOf({
  id,
  state,
  progress,
  model,
  key,
  channel,
  charged,
  held,
  created_at: created,
  error,
  prompt
}: Task): Cell[] {
  return [
    id,
    stateCell(state),
    `${progress}%`,
    model,
    key.name,
    channel?.name ?? '-',
    costText(charged, held) ?? '-',
    time(created),
    error ? cut(`${error.code}: ${error.message}`, 60) : '-',
    cut(prompt, 40)
  ]
}

/** Returns what was charged, else what is held for it. */
export function costText(charged: Money | null, held: Money | null): string | null {
  if (charged) return `${charged.amount} ${charged.currency}`
  return held && `${held.amount} ${held.currency} held`
}

export function stateCell(state: string): Cell {
  if (state === 'failed' || state === 'needs_decision' || state === 'refused') return { text: state, style: 'red' }
  return state === 'succeeded' ? { text: state, style: 'green' } : state
}
