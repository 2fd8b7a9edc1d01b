import { text } from 'node:stream/consumers'
import { InvalidArgumentError, type Command } from 'commander'
import { ago, jsonOption } from './arguments.ts'
import { ask, readJson, type Client } from './client.ts'
import { usageGroups, type UsageGroup } from '../domain/usage.ts'
import { CommandFailure } from './exit.ts'
import { withClient } from './open.ts'
import { print, printFields, printTable, say, time, type Format } from './print.ts'

interface Options extends Format {
  by?: string[]
  from?: number
  to?: number
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
    .option('--csv', 'print CSV')
    .addOption(jsonOption())
    .action((options: Options) =>
      withClient(client => report(client, options).catch((error: unknown) => ownUsage(client, options, error)))
    )
}

async function report(client: Client, { by = ['key'], from, to, csv = false, ...format }: Options) {
  const query = new URLSearchParams({ group_by: by.join() })
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
    printTable(
      [...shown.map(group => group.toUpperCase()), 'VIDEOS', 'SECONDS', 'REFUSED', 'SPENT'],
      lines.map(line => [
        ...shown.map(group => cellOf(line, group)),
        line.videos,
        line.seconds,
        line.refused,
        moneyText(line.spent)
      ])
    )
  })
}

/** Shows a member its own usage: it may not see that of others. */
async function ownUsage(client: Client, options: Options, error: unknown) {
  const { by, from, to, csv, ...format } = options
  const isMember = error instanceof CommandFailure && codeOf(error) === 'admin_required'
  if (!isMember || by || from !== undefined || to !== undefined || csv) throw error
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
