import { loadClientConfig } from '../../config.ts'
import { vendors, type Vendor } from '../../vendors/index.ts'
import { credentialOf, type ChannelOptions } from '../channel-options.ts'
import { tellTest, testChannel } from '../channel-test.ts'
import { ask } from '../client.ts'
import { usage } from '../exit.ts'
import type { Channel } from '../find.ts'
import { withClient } from '../open.ts'
import { note, print, say, self, type Format } from '../print.ts'
import { completeDraft, type ChannelDraft } from './channel-questions.ts'
import { needsBaseUrl, neededFields, optionsOf, readOptions, regionOf } from './channel-settings.ts'

interface AddOptions extends ChannelOptions, Format {
  vendor?: string
}

/** Adds a channel; asks for what is missing when somebody is there to answer. */
export async function addChannel(options: AddOptions): Promise<void> {
  const interactive = process.stdin.isTTY && process.stdout.isTTY && !options.json
  const vendor = vendors[options.vendor ?? (interactive ? await chooseVendor() : '')]
  if (!vendor) throw usage(`--vendor is required. Vendors: ${vendorNames.join(', ')}.`)
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
    if (interactive) tellTest(await testChannel(client, made))
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
    credential: credentialOf(options) ?? loadClientConfig(process.env).REELAY_CREDENTIAL,
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

export const vendorNames = Object.keys(vendors)

/** The settings of each vendor, for --help. */
export const vendorSettings = () =>
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
