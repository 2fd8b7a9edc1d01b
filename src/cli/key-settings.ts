import { InvalidArgumentError, Option, type Command } from 'commander'
import { scopes } from '../domain/permissions.ts'
import { collect, moment, nullIfNone, orNone, wholeNumber } from './arguments.ts'
import { ask, type Client } from './client.ts'
import { usage } from './exit.ts'
import type { Key } from './find.ts'

/* The settings of a key as options, for creating one and for changing one. */

export interface KeyOptions {
  role?: string
  scope?: string[]
  owner?: string | false
  model?: string[]
  anyModel?: boolean
  ip?: string[]
  anyIp?: boolean
  expires?: number | 'none'
  rpm?: number | 'none'
  maxConcurrency?: number | 'none'
  maxQueued?: number | 'none'
  budget?: string
  currency?: string
  window?: string
  timezone?: string
  dialect?: string
  durationPolicy?: string
}

/** Adds the options. `changes`: the key exists, so that limits can also be taken away. */
export function addKeyOptions(command: Command, { changes }: { changes: boolean }): Command {
  const none = changes ? '; none: without' : ''
  const limit = <Value>(parse: (text: string) => Value) => (changes ? orNone(parse) : parse)
  const count = limit(wholeNumber(1, 1_000_000))
  command
    .addOption(new Option('--role <role>', 'admin may do everything').choices(['member', 'admin']))
    .option(
      '--scope <scope>',
      `what an admin key may do (repeatable; default: everything): ${scopes.join(', ')}`,
      collect
    )
    .option('--owner <text>', 'who it belongs to')
    .option('--model <name>', 'a model it may use (repeatable; default: all)', collect)
    .option('--ip <cidr>', 'an address or network it may be used from (repeatable; default: any)', collect)
    .option('--expires <when>', `when it expires: 30d, 12h or a date${none}`, limit(moment))
    .option('--rpm <n>', `requests per minute${none}`, count)
    .option('--max-concurrency <n>', `tasks that run at the same time${none}`, count)
    .option('--max-queued <n>', `tasks that may be queued${none}`, count)
    .option('--budget <amount>', `what it may spend, e.g. 10.00${none}`, limit(amount))
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
  if (!changes) return command
  return command
    .option('--no-owner', 'without an owner')
    .addOption(new Option('--any-model', 'it may use all models').conflicts('model'))
    .addOption(new Option('--any-ip', 'it may be used from anywhere').conflicts('ip'))
}

/** Returns the settings as the API takes them. `before`: the key that is changed. Throws a usage error. */
export function settingsOf(options: KeyOptions, before: Key | null) {
  const { role, scope, owner, model, anyModel, ip, anyIp, expires, rpm, maxConcurrency, maxQueued, dialect } = options
  if (typeof expires === 'number' && expires * 1000 <= Date.now()) throw usage('--expires must be in the future.')
  return {
    role,
    scopes: scope,
    owner: owner === false ? null : owner,
    models: anyModel ? null : model,
    ip_allowlist: anyIp ? null : ip,
    expires_at: nullIfNone(expires),
    requests_per_minute: nullIfNone(rpm),
    max_concurrency: nullIfNone(maxConcurrency),
    max_queued: nullIfNone(maxQueued),
    dialect,
    duration_policy: options.durationPolicy,
    budget: budgetOf(options, before?.budget ?? null)
  }
}

/** Returns the budget: what is not given stays as it is. */
function budgetOf({ budget, currency, window, timezone }: KeyOptions, before: Key['budget']) {
  const given = Object.entries({ window, timezone, currency }).find(([, value]) => value !== undefined)
  const isSet = budget === undefined ? before !== null : budget !== 'none'
  if (given && !isSet) throw usage(`--${given[0]} needs a --budget.`)
  if (budget === 'none') return null
  if (budget === undefined && !given) return undefined
  return {
    amount: budget ?? before?.amount,
    currency: currency ?? before?.currency ?? 'USD',
    window: window ?? before?.window ?? 'total',
    timezone: timezone ?? before?.timezone ?? 'UTC'
  }
}

function amount(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return text
  throw new InvalidArgumentError('It must be an amount, e.g. 10.00.')
}

/** A key for a model that does not exist could do nothing. */
export async function mustBeModels(client: Client, names: readonly string[] = []) {
  if (names.length === 0) return
  const { data } = await ask<{ data: { name: string }[] }>(client, 'GET', '/admin/models')
  const unknown = names.find(name => !data.some(model => model.name === name))
  if (unknown !== undefined)
    throw usage(
      `There is no model ${unknown}. ${data.length ? `There are: ${data.map(({ name }) => name).join(', ')}.` : 'Add a channel first.'}`
    )
}
