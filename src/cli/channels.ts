import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { loadClientConfig } from '../config.ts'
import type { showChannel } from '../http/routes/admin/channels.ts'
import { vendors, type Vendor } from '../vendors/index.ts'
import { collectModels, collectPairs, jsonOption, wholeNumber } from './arguments.ts'
import { completeDraft, type ChannelDraft } from './channel-questions.ts'
import { needsBaseUrl, neededFields, optionsOf, readOption, regionOf } from './channel-settings.ts'
import { ask, named, type Client } from './client.ts'
import { exitCodes, usage } from './exit.ts'
import { withClient } from './open.ts'
import { note, print, printTable, say, self, style, type Cell, type Format } from './print.ts'

type Channel = ReturnType<typeof showChannel>

interface AddOptions extends Format {
  vendor?: string
  name?: string
  baseUrl?: string
  region?: string
  credential?: string
  credentialFile?: string
  field?: Record<string, string>
  option?: Record<string, string>
  model?: Record<string, string>
  maxConcurrency?: number
  submitsPerMinute?: number
  priority?: number
  weight?: number
}

interface Tested {
  ok: boolean
  free: boolean
  message: string
}

export function channelsCommand(program: Command) {
  const channels = program.command('channels').description('vendor accounts')

  channels
    .command('add')
    .description('add a vendor account; asks for what is missing')
    .addOption(new Option('--vendor <vendor>', 'the vendor').choices(Object.keys(vendors)))
    .option('--name <name>', 'name of the channel (default: the vendor)')
    .option('--base-url <url>', "address of the vendor's API (default: its own)")
    .addOption(
      new Option('--region <region>', "the vendor's API in China or elsewhere, in place of --base-url")
        .choices(['cn', 'global'])
        .conflicts('baseUrl')
    )
    .option('--credential <text>', 'API key, or ACCESS|SECRET; better: --credential-file or REELAY_CREDENTIAL')
    .option('--credential-file <path>', 'file with the credential; - reads stdin')
    .option('--field <name=value>', 'a field of the credential (repeatable)', collectPairs)
    .option('--option <name=value>', 'an option of the vendor (repeatable)', collectPairs)
    .option('--model <public=upstream>', "a model to offer, and the vendor's name for it (repeatable)", collectModels)
    .option('--max-concurrency <n>', 'tasks that run at the same time', wholeNumber(1, 1_000_000))
    .option('--submits-per-minute <n>', 'submits per minute', wholeNumber(1, 1_000_000))
    .option('--priority <n>', 'higher is used first', wholeNumber(-1000, 1000))
    .option('--weight <n>', 'share among channels of the same priority', wholeNumber(0, 1000))
    .addOption(jsonOption())
    .addHelpText('after', vendorSettings)
    .action(add)

  channels
    .command('list')
    .description('list all channels with their load and health')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client =>
        print(await list(client), options, all =>
          printTable(['NAME', 'VENDOR', 'BUSY', 'STATE', 'MODELS', 'ID'], all.map(rowOf))
        )
      )
    )

  channels
    .command('test <channel>')
    .description('check the credential with a free call')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(
        async client => {
          const result = await test(client, named(await list(client), wanted, 'channel'))
          print(result, options, tellTest)
          if (!result.ok) process.exitCode = exitCodes.failed
        },
        { engine: true }
      )
    )

  for (const [verb, disabled, about] of [
    ['enable', false, 'enable a channel'],
    ['disable', true, 'disable a channel; its running tasks continue']
  ] as const) {
    channels
      .command(`${verb} <channel>`)
      .description(about)
      .addOption(jsonOption())
      .action((wanted: string, options: Format) =>
        withClient(async client => {
          const { id } = named(await list(client), wanted, 'channel')
          const changed = await ask<Channel>(client, 'PATCH', `/admin/channels/${id}`, { disabled })
          print(changed, options, ({ name }) => say(`Channel ${name} is ${verb}d.`))
        })
      )
  }

  channels
    .command('remove <channel>')
    .description('remove a channel; its running tasks continue')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(async client => {
        const { id, name } = named(await list(client), wanted, 'channel')
        print(await ask(client, 'DELETE', `/admin/channels/${id}`), options, () => say(`Channel ${name} is removed.`))
      })
    )
}

async function add(options: AddOptions): Promise<void> {
  const interactive = process.stdin.isTTY && process.stdout.isTTY && !options.json
  const vendor = vendors[options.vendor ?? (interactive ? await chooseVendor() : '')]
  if (!vendor) throw usage(`--vendor is required. Vendors: ${Object.keys(vendors).join(', ')}.`)
  const given = draftOf(vendor, options)
  const draft = interactive ? await completeDraft(given, (await import('./terminal-questions.ts')).terminal) : given
  requireSettings(draft)

  await withClient(async client => {
    const { name = vendor.id, base_url, credential, options: vendorOptions, models } = draft
    const made = await ask<Channel>(client, 'POST', '/admin/channels', {
      name,
      vendor: vendor.id,
      base_url,
      credential,
      options: vendorOptions,
      models,
      max_concurrency: options.maxConcurrency,
      submits_per_minute: options.submitsPerMinute,
      priority: options.priority,
      weight: options.weight
    })
    print(made, options, channel => {
      say(`Channel ${channel.name} is added (${channel.id}).`)
      const names = Object.keys(channel.models)
      if (names.length) say(`It serves ${names.join(', ')}.`)
      else note(`It serves no model yet. Add one: ${self} models set MODEL --candidate ${channel.name}=UPSTREAM`)
    })
    if (interactive) tellTest(await test(client, made))
  })
}

function draftOf(
  vendor: Vendor,
  { name, baseUrl, region, option = {}, model = {}, ...options }: AddOptions
): ChannelDraft {
  return {
    vendor,
    name,
    base_url: region === undefined ? baseUrl : regionOf(vendor, region).baseUrl,
    credential: credentialOf(options),
    options: Object.fromEntries(Object.entries(option).map(([key, text]) => [key, readOption(vendor, key, text)])),
    models: model
  }
}

function credentialOf({ credential, credentialFile, field }: AddOptions): ChannelDraft['credential'] {
  const given = [credential, credentialFile, field].filter(one => one !== undefined)
  if (given.length > 1) throw usage('Use only one of --credential, --credential-file and --field.')
  if (credentialFile === undefined) return credential ?? field ?? loadClientConfig(process.env).REELAY_CREDENTIAL
  try {
    return readFileSync(credentialFile === '-' ? 0 : credentialFile, 'utf8').trim()
  } catch {
    throw usage(`--credential-file: ${credentialFile} cannot be read.`)
  }
}

/** Throws a usage error that lists all missing settings as flags. */
function requireSettings({ vendor, base_url, credential, options }: ChannelDraft) {
  const missing = optionsOf(vendor)
    .filter(({ name, required }) => required && !(name in options))
    .map(({ name, about }) => `--option ${name}=… (${about})`)
  if (needsBaseUrl(vendor) && base_url === undefined)
    missing.unshift(`--base-url … (the address of your ${vendor.name})`)
  if (credential === undefined) missing.unshift(`--credential-file … (${credentialText(vendor)})`)
  if (missing.length) throw usage(`${vendor.name} also requires:\n  ${missing.join('\n  ')}`)
}

function credentialText(vendor: Vendor): string {
  const needed = neededFields(vendor)
  return needed.length
    ? needed.map(({ label }) => label).join(' and ')
    : vendor.credential.fields.map(({ label }) => label).join('; or ')
}

/** The settings of each vendor, for --help. */
const vendorSettings = () =>
  `\nSettings of each vendor ([optional]):\n${Object.values(vendors)
    .map(vendor => {
      const fields = vendor.credential.fields.map(({ name, optional }) => (optional ? `[${name}]` : name))
      const options = optionsOf(vendor)
        .filter(({ general }) => !general)
        .map(({ name, required }) => (required ? name : `[${name}]`))
      const rest = options.length ? `; options ${options.join(', ')}` : ''
      return `  ${vendor.id.padEnd(12)} ${fields.join(', ')}${rest}${needsBaseUrl(vendor) ? '; --base-url' : ''}\n`
    })
    .join('')}`

async function chooseVendor(): Promise<string> {
  const { terminal } = await import('./terminal-questions.ts')
  const choices = Object.values(vendors).map(({ id, name }) => ({ value: id, label: name, hint: id }))
  return terminal.choose({ message: 'Vendor', choices })
}

const list = async (client: Client) => (await ask<{ data: Channel[] }>(client, 'GET', '/admin/channels')).data

const test = (client: Client, { id }: Channel) => ask<Tested>(client, 'POST', `/admin/channels/${id}/test`)

function tellTest({ ok, free, message }: Tested) {
  if (ok) say(`${style(free ? 'green' : 'yellow', free ? 'ok' : 'not tested')}  ${message}`)
  else say(`${style('red', 'problem')}  ${message}`)
}

function rowOf({ id, name, vendor, built_in, in_flight, max_concurrency, models, ...channel }: Channel): Cell[] {
  return [
    name,
    built_in ? `${vendor} (built in)` : vendor,
    `${in_flight}/${max_concurrency ?? '∞'}`,
    stateOf(channel),
    Object.keys(models).join(', ') || '-',
    id
  ]
}

function stateOf({ disabled, health }: Pick<Channel, 'disabled' | 'health'>): Cell {
  if (disabled) return { text: 'disabled', style: 'yellow' }
  if (health.state === 'ok') return { text: 'ok', style: 'green' }
  return { text: `${health.state}${health.reason === null ? '' : `: ${health.reason}`}`, style: 'red' }
}
