import { Option, type Command } from 'commander'
import type { showKey } from '../http/routes/admin/keys.ts'
import { collect, jsonOption, moment, wholeNumber } from './arguments.ts'
import { ask, askAll, named, type Client } from './client.ts'
import { usage } from './exit.ts'
import { withClient } from './open.ts'
import { note, print, printTable, say, time, type Cell, type Format } from './print.ts'

type Key = ReturnType<typeof showKey>
type KeyWithSecret = Key & { key: string }

interface CreateOptions extends Format {
  role?: string
  owner?: string
  model?: string[]
  ip?: string[]
  expires?: number
  rpm?: number
  maxConcurrency?: number
  maxQueued?: number
  budget?: string
  currency?: string
  window?: string
  timezone?: string
  dialect?: string
  durationPolicy?: string
}

const count = wholeNumber(1, 1_000_000)

export function keysCommand(program: Command) {
  const keys = program.command('keys').description('API keys')

  keys
    .command('create <name>')
    .description('create a key; its secret is shown once')
    .addOption(new Option('--role <role>', 'admin may do everything').choices(['member', 'admin']))
    .option('--owner <text>', 'who it belongs to')
    .option('--model <name>', 'a model it may use (repeatable; default: all)', collect)
    .option('--ip <cidr>', 'an address or network it may be used from (repeatable; default: any)', collect)
    .option('--expires <when>', 'when it expires: 30d, 12h or a date', moment)
    .option('--rpm <n>', 'requests per minute', count)
    .option('--max-concurrency <n>', 'tasks that run at the same time', count)
    .option('--max-queued <n>', 'tasks that may be queued', count)
    .option('--budget <amount>', 'what it may spend, e.g. 10.00')
    .option('--currency <code>', 'currency of the budget (default: USD)')
    .addOption(
      new Option('--window <window>', 'period of the budget (default: total)').choices([
        'total',
        'daily',
        'weekly',
        'monthly'
      ])
    )
    .option('--timezone <name>', 'time zone of the period (default: UTC)')
    .addOption(new Option('--dialect <words>', 'words of status').choices(['auto', 'openai', 'unified', 'newapi']))
    .addOption(
      new Option('--duration-policy <policy>', 'what becomes of a duration that a model cannot make').choices([
        'nearest',
        'up',
        'refuse'
      ])
    )
    .addOption(jsonOption())
    .action((name: string, options: CreateOptions) =>
      withClient(async client => {
        const settings = settingsOf(name, options)
        await mustBeModels(client, options.model)
        const made = await ask<KeyWithSecret>(client, 'POST', '/admin/keys', settings)
        print(made, options, tellSecret)
      })
    )

  keys
    .command('list')
    .description('list all keys, newest first')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client =>
        print(await askAll<Key>(client, '/admin/keys'), options, list =>
          printTable(['NAME', 'ROLE', 'HINT', 'STATE', 'BUDGET', 'LAST USED (UTC)', 'ID'], list.map(rowOf))
        )
      )
    )

  keys
    .command('rotate <key>')
    .description('replace the secret of a key immediately')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(async client => {
        const { id } = await find(client, wanted)
        print(await ask<KeyWithSecret>(client, 'POST', `/admin/keys/${id}/rotate`), options, tellSecret)
      })
    )

  keys
    .command('revoke <key...>')
    .description('revoke keys permanently')
    .addOption(jsonOption())
    .action((wanted: string[], options: Format) =>
      withClient(async client => {
        const found: Key[] = []
        for (const each of wanted) found.push(await find(client, each))
        const answers: unknown[] = []
        for (const { id } of found) answers.push(await ask(client, 'DELETE', `/admin/keys/${id}`))
        print(answers, options, () => found.forEach(({ id, name }) => say(`Key ${name} (${id}) is revoked.`)))
      })
    )
}

function settingsOf(name: string, options: CreateOptions) {
  const { role, owner, model, ip, expires, rpm, maxConcurrency, maxQueued, dialect } = options
  const { budget: amount, currency = 'USD', window = 'total', timezone = 'UTC', durationPolicy } = options
  const period = (['window', 'timezone', 'currency'] as const).find(option => options[option] !== undefined)
  if (amount === undefined && period !== undefined) throw usage(`--${period} needs a --budget.`)
  if (expires !== undefined && expires * 1000 <= Date.now()) throw usage('--expires must be in the future.')
  if (amount !== undefined && !/^\d+(\.\d+)?$/.test(amount)) throw usage('--budget must be an amount, e.g. 10.00.')
  return {
    name,
    role,
    owner,
    models: model,
    ip_allowlist: ip,
    expires_at: expires,
    requests_per_minute: rpm,
    max_concurrency: maxConcurrency,
    max_queued: maxQueued,
    dialect,
    duration_policy: durationPolicy,
    budget: amount === undefined ? undefined : { amount, currency, window, timezone }
  }
}

/** A key for a model that does not exist could do nothing. */
async function mustBeModels(client: Client, names: readonly string[] = []) {
  if (names.length === 0) return
  const { data } = await ask<{ data: { name: string }[] }>(client, 'GET', '/admin/models')
  const unknown = names.find(name => !data.some(model => model.name === name))
  if (unknown !== undefined)
    throw usage(
      `There is no model ${unknown}. ${data.length ? `There are: ${data.map(({ name }) => name).join(', ')}.` : 'Add a channel first.'}`
    )
}

/** Prints only the secret on stdout, for KEY=$(reelay keys create app). */
function tellSecret({ id, name, role, key }: KeyWithSecret) {
  note(`${role === 'admin' ? 'Admin key' : 'Key'} ${name} (${id}). Its secret is shown only once:`)
  say(key)
}

const find = async (client: Client, wanted: string) =>
  named(
    wanted.startsWith('key_')
      ? [await ask<Key>(client, 'GET', `/admin/keys/${wanted}`)]
      : await askAll<Key>(client, '/admin/keys'),
    wanted,
    'key'
  )

function rowOf({ id, name, role, hint, disabled, expires_at: expires, budget, last_used_at: used }: Key): Cell[] {
  const expired = expires !== null && expires * 1000 <= Date.now()
  const state: Cell = disabled
    ? { text: 'disabled', style: 'yellow' }
    : expired
      ? { text: 'expired', style: 'yellow' }
      : expires === null
        ? 'ok'
        : `until ${time(expires)}`
  const amount = budget && `${budget.amount} ${budget.currency} ${budget.window}`
  return [name, role, hint, state, amount ?? '-', time(used) ?? 'never', id]
}
