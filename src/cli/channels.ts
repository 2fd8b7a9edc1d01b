import { Option, type Command } from 'commander'
import { vendors, type Vendor } from '../vendors/index.ts'
import { jsonOption } from './arguments.ts'
import { addChannelOptions, credentialOf, environmentCredential, type ChannelOptions } from './channel-options.ts'
import { completeDraft, type ChannelDraft } from './channel-questions.ts'
import { channelSetCommand, readOptions } from './channel-set.ts'
import { needsBaseUrl, neededFields, optionsOf, regionOf } from './channel-settings.ts'
import { ask, askAll, type Client } from './client.ts'
import { exitCodes, usage } from './exit.ts'
import { findChannel, type Channel } from './find.ts'
import { withClient } from './open.ts'
import { note, print, printTable, say, self, style, type Cell, type Format } from './print.ts'

interface AddOptions extends ChannelOptions, Format {
  vendor?: string
}

interface Tested {
  ok: boolean
  free: boolean
  message: string
}

export function channelsCommand(program: Command) {
  const channels = program.command('channels').description('vendor accounts')

  addChannelOptions(
    channels
      .command('add')
      .description('add a vendor account; asks for what is missing')
      .addOption(new Option('--vendor <vendor>', 'the vendor').choices(Object.keys(vendors))),
    { changes: false }
  )
    .addOption(jsonOption())
    .addHelpText('after', vendorSettings)
    .action(add)

  channels
    .command('list')
    .description('list all channels with their load and health')
    .addOption(jsonOption())
    .action((options: Format) =>
      withClient(async client =>
        print(await askAll<Channel>(client, '/admin/channels'), options, all =>
          printTable(['NAME', 'VENDOR', 'BUSY', 'STATE', 'MODELS', 'ID'], all.map(rowOf))
        )
      )
    )

  channelSetCommand(channels)

  channels
    .command('test <channel>')
    .description('check the credential with a free call')
    .addOption(jsonOption())
    .action((wanted: string, options: Format) =>
      withClient(
        async client => {
          const result = await test(client, await findChannel(client, wanted))
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
          const { id } = await findChannel(client, wanted)
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
        const { id, name } = await findChannel(client, wanted)
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
    credential: credentialOf(options) ?? environmentCredential(),
    options: readOptions(vendor, option),
    models: model
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
