import { text } from 'node:stream/consumers'
import { InvalidArgumentError, type Command } from 'commander'
import { ago, jsonOption } from './arguments.ts'
import { ask, readJson, type Client } from './client.ts'
import { usageGroups, type UsageGroup } from '../domain/usage.ts'
import { defined } from '../lib/defined.ts'
import { toDecimal, toMicro } from '../lib/money.ts'
import { CommandFailure } from './exit.ts'
import { idOf } from './find.ts'
import { withClient } from './open.ts'
import { print, printFields, printTable, say, time, type Cell, type Format } from './print.ts'

interface Options extends Format {
  by?: string[]
  from?: number
  to?: number
  key?: string
  model?: string
  channel?: string
  csv?: boolean
}

interface Money {
  amount: string
  currency: string
}

interface Line extends Partial<Record<UsageGroup, string | null>> {
  names: Partial<Record<UsageGroup, string>>
  videos: number
  seconds: number
  failed: number
  refused: number
  spent: Money
}

interface OwnUsage {
  spent: Money
  held: Money
  budget: (Money & { window: string; remaining: string; resets_at: number | null }) | null
}

export function usageCommand(program: Command) {
  program
    .command('usage')
    .description('show the videos made and their cost')
    .option(
      '--by <groups>',
      'group by key, model, channel, user, hour, day, week, month; comma-separated (default: key)',
      collectGroups
    )
    .option('--from <when>', 'start (UTC), e.g. 2026-11-01, or 30d for 30 days ago', ago)
    .option('--to <when>', 'end, exclusive, in the same format', ago)
    .option('--key <key>', 'only of this key (name or id, also a revoked one)')
    .option('--model <model>', 'only of this model')
    .option('--channel <channel>', 'only at this channel (name or id)')
    .option('--csv', 'print CSV')
    .addOption(jsonOption())
    .action((options: Options) =>
      withClient(client => report(client, options).catch((error: unknown) => ownUsage(client, options, error)))
    )
}

async function report(
  client: Client,
  { by = ['key'], from, to, key, model, channel, csv = false, ...format }: Options
) {
  const query = new URLSearchParams({ group_by: by.join(), ...defined({ model }) })
  if (key !== undefined) query.set('key', await idOf(client, 'key', key))
  if (channel !== undefined) query.set('channel', await idOf(client, 'channel', channel))
  if (from !== undefined) query.set('from', String(from))
  if (to !== undefined) query.set('to', String(to))
  const path = `/admin/usage?${query}`
  if (csv) {
    const answer = await client.send({ method: 'GET', path, headers: { accept: 'text/csv' } })
    if (answer.status !== 200) await readJson(answer)
    process.stdout.write(await text(answer.body))
    return
  }
  const { data } = await ask<{ data: Line[] }>(client, 'GET', path)
  print(data, format, lines => {
    if (lines.length === 0) return say('No videos were made.')
    const cellOf = (line: Line, group: UsageGroup) => line.names[group] ?? line[group] ?? '-'
    const shown = usageGroups.filter(group => by.includes(group))
    const rows = lines.map(line => [...shown.map(group => cellOf(line, group)), ...figuresOf(line)])
    printTable(
      [...shown.map(group => group.toUpperCase()), 'VIDEOS', 'SECONDS', 'FAILED', 'REFUSED', 'SPENT'],
      [...rows, ...totalsOf(lines, shown.length)]
    )
  })
}

const figuresOf = ({ videos, seconds, failed, refused, spent }: Omit<Line, 'names'>): Cell[] => [
  videos,
  seconds,
  failed,
  refused,
  moneyText(spent)
]

// corrections can be larger than what was spent
const microOf = ({ amount }: Money) => (amount.startsWith('-') ? -toMicro(amount.slice(1)) : toMicro(amount))

/** Returns a line of sums for each currency, when there are several lines. */
function totalsOf(lines: readonly Line[], columns: number): Cell[][] {
  if (lines.length < 2) return []
  const byCurrency = Map.groupBy(lines, ({ spent }) => spent.currency)
  return [...byCurrency].map(([currency, some]) => {
    const sum = (value: (line: Line) => number) => some.reduce((all, line) => all + value(line), 0)
    const amount = toDecimal(sum(({ spent }) => microOf(spent)))
    const figures = figuresOf({
      videos: sum(({ videos }) => videos),
      seconds: sum(({ seconds }) => Math.round(seconds * 1000)) / 1000,
      failed: sum(({ failed }) => failed),
      refused: sum(({ refused }) => refused),
      spent: { amount, currency }
    })
    const named = columns > 0 ? [{ text: 'TOTAL', style: 'bold' } as const, ...Array<Cell>(columns - 1).fill('')] : []
    return [...named, ...figures]
  })
}

/** Shows a member its own usage: it may not see that of others. */
async function ownUsage(client: Client, options: Options, error: unknown) {
  const { by, from, to, key, model, channel, csv, ...format } = options
  const isMember = error instanceof CommandFailure && codeOf(error) === 'admin_required'
  const isFiltered = [by, from, to, key, model, channel].some(one => one !== undefined)
  if (!isMember || isFiltered || csv) throw error
  const own = await ask<OwnUsage>(client, 'GET', '/v1/usage')
  print(own, format, ({ spent, held, budget }) =>
    printFields({
      spent: moneyText(spent),
      held: moneyText(held),
      budget: budget && `${moneyText(budget)} ${budget.window}`,
      remaining: budget && moneyText({ amount: budget.remaining, currency: budget.currency }),
      'resets at': budget && time(budget.resets_at)
    })
  )
}

// property access on any object is safe
const codeOf = ({ error }: CommandFailure) => (Object(error) as { code?: unknown }).code

const moneyText = ({ amount, currency }: Money) => `${amount} ${currency}`

function collectGroups(given: string): string[] {
  const names = given.split(',').map(name => name.trim())
  const wrong = names.find(name => !usageGroups.some(group => group === name))
  if (wrong !== undefined)
    throw new InvalidArgumentError(`It must be a comma-separated list of ${usageGroups.join(', ')}.`)
  return names
}
