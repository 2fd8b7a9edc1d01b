import { Option, type Command } from 'commander'
import { jsonOption, wholeNumber } from './arguments.ts'
import { ask, askAll } from './client.ts'
import { usage } from './exit.ts'
import { findKey, type Key } from './find.ts'
import { addKeyOptions, mustBeModels, settingsOf, type KeyOptions } from './key-settings.ts'
import { withClient } from './open.ts'
import { note, print, printFields, printTable, say, time, type Cell, type Format } from './print.ts'

type KeyWithSecret = Key & { key: string }

interface SetOptions extends Format, KeyOptions {
  name?: string
  enable?: boolean
  disable?: boolean
}

export function keysCommand(program: Command) {
  const keys = program.command('keys').description('API keys')

  addKeyOptions(keys.command('create <name>'), { changes: false })
    .description('create a key; its secret is shown once')
    .addOption(jsonOption())
    .action((name: string, options: Format & KeyOptions) =>
      withClient(async client => {
        const settings = settingsOf(options, null)
        await mustBeModels(client, options.model)
        const made = await ask<KeyWithSecret>(client, 'POST', '/admin/keys', { name, ...settings })
        print(made, options, tellSecret)
      })
    )

  keys
    .command('list')
    .description('list all keys with what they have spent')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client =>
        print(await askAll<Key>(client, '/admin/keys'), options, list =>
          printTable(['NAME', 'ROLE', 'HINT', 'STATE', 'SPENT', 'BUDGET', 'LAST USED (UTC)', 'ID'], list.map(rowOf))
        )
      )
    )

  keys
    .command('get <key>')
    .description('show the limits and the spend of a key')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(async client => print(await findKey(client, wanted), options, printKey))
    )

  addKeyOptions(keys.command('set <key>'), { changes: true })
    .description('change a key, e.g. raise its budget')
    .option('--name <name>', 'its new name')
    .option('--enable', 'let it be used')
    .addOption(new Option('--disable', 'do not let it be used').conflicts('enable'))
    .addOption(jsonOption())
    .action((wanted: string, { name, enable, disable, json, ...options }: SetOptions) =>
      withClient(async client => {
        const before = await findKey(client, wanted)
        await mustBeModels(client, options.model)
        const switched = (enable ?? disable) === undefined ? {} : { disabled: disable === true }
        const set = { name, ...settingsOf(options, before), ...switched }
        if (Object.values(set).every(value => value === undefined))
          throw usage('Name what to change, e.g. --budget 50.00. See: keys set --help')
        print(await ask<Key>(client, 'PATCH', `/admin/keys/${before.id}`, set), { json }, printKey)
      })
    )

  keys
    .command('rotate <key>')
    .description('replace the secret of a key')
    .option('--keep-old <hours>', 'how long the old secret still works (default: 0)', wholeNumber(0, 168))
    .addOption(jsonOption())
    .action((wanted: string, { keepOld, json }: Format & { keepOld?: number }) =>
      withClient(async client => {
        const { id } = await findKey(client, wanted)
        const body = { keep_old_for_hours: keepOld }
        print(await ask<KeyWithSecret>(client, 'POST', `/admin/keys/${id}/rotate`, body), { json }, tellSecret)
      })
    )

  keys
    .command('revoke <key...>')
    .description('revoke keys permanently')
    .addOption(jsonOption())
    .action((wanted: string[], options: Format) =>
      withClient(async client => {
        const found: Key[] = []
        for (const each of wanted) found.push(await findKey(client, each))
        const answers: unknown[] = []
        for (const { id } of found) answers.push(await ask(client, 'DELETE', `/admin/keys/${id}`))
        print(answers, options, () => found.forEach(({ id, name }) => say(`Key ${name} (${id}) is revoked.`)))
      })
    )
}

/** Prints only the secret on stdout, for KEY=$(reelay keys create app). */
function tellSecret({ id, name, role, key }: KeyWithSecret) {
  note(`${role === 'admin' ? 'Admin key' : 'Key'} ${name} (${id}). Its secret is shown only once:`)
  say(key)
}

function rowOf(key: Key): Cell[] {
  const { id, name, role, hint, budget, spent, last_used_at: used } = key
  return [name, role, hint, stateOf(key), moneyText(spent), budgetText(budget) ?? '-', time(used) ?? 'never', id]
}

function printKey(key: Key) {
  printFields({
    id: key.id,
    name: key.name,
    role: key.role,
    scopes: key.scopes?.join(', '),
    owner: key.owner,
    secret: key.hint,
    state: stateOf(key),
    budget: budgetText(key.budget),
    spent: moneyText(key.spent),
    held: moneyText(key.held),
    remaining: key.remaining && moneyText(key.remaining),
    'resets at': time(key.resets_at),
    models: key.models?.join(', ') ?? 'all',
    'IP addresses': key.ip_allowlist?.join(', ') ?? 'any',
    'requests per minute': key.requests_per_minute,
    'running tasks': `${key.in_flight}/${key.max_concurrency ?? '∞'}`,
    'queued tasks': `${key.queued}/${key.max_queued ?? '∞'}`,
    dialect: key.dialect,
    'duration policy': key.duration_policy,
    'last used': time(key.last_used_at),
    created: time(key.created_at)
  })
}

function stateOf({ disabled, expires_at: expires, revoked_at: revoked }: Key): Cell {
  if (revoked !== null) return { text: `revoked ${time(revoked)}`, style: 'red' }
  if (disabled) return { text: 'disabled', style: 'yellow' }
  if (expires === null) return 'ok'
  return expires * 1000 <= Date.now() ? { text: 'expired', style: 'yellow' } : `until ${time(expires)}`
}

const moneyText = ({ amount, currency }: Key['spent']) => `${amount} ${currency}`
const budgetText = (budget: Key['budget']) => budget && `${budget.amount} ${budget.currency} ${budget.window}`
