import { Document, type Node } from 'yaml'
import type { Endpoint, Key } from '../db/index.ts'
import { settings as channelSettings } from '../http/routes/admin/channels.ts'
import { intact } from '../lib/damaged.ts'
import { isSecretOption } from '../domain/secret-options.ts'
import { isRecord } from '../lib/records.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { settingNames, storedSetting } from '../domain/settings.ts'
import { differenceOf, changesOf } from './ownership.ts'
import { credentialOf, settingsOf as channelSettingsOf } from './sync-channels.ts'
import { blankSettings, settingsOf as keySettingsOf, shownHash } from './sync-keys.ts'
import { blank as blankModel, settingsOf as modelSettingsOf } from './sync-models.ts'
import type { Tools } from './tools.ts'

type Source = Pick<Tools, 'stores' | 'vault'> & { vendors: Record<string, Vendor> }

export interface Exported {
  /** what a configuration file may contain */
  content: Record<string, unknown>
  /** the variables that it names: secrets are not exported */
  variables: string[]
}

/** Returns the channels, models, keys, webhooks and settings of the database as a configuration file has them. */
export async function exportContent({ stores, vault, vendors }: Source): Promise<Exported> {
  const { variables, placeholder } = createPlaceholders()

  const channels = (await stores.channels.list()).filter(({ builtIn }) => !builtIn)
  const channelNames = new Map((await stores.channels.list()).map(({ id, name }) => [id, name]))
  const keys = await allKeys(stores)
  const keyName = uniqueNames(keys.map(({ id, name }) => ({ id, name })))
  const endpoints = (await allEndpoints(stores)).filter(({ keyId }) => keyName.has(keyId))
  const endpointName = uniqueNames(
    endpoints.map(({ id, keyId, name, url }) => ({ id, name: name ?? new URL(url).hostname, within: keyId }))
  )

  const content = {
    channels: channels.map(channel => {
      const { name, vendor, base_url, ...settings } = channelSettingsOf(channel)
      const fields = Object.keys(credentialOf(vault, channel) ?? {})
      const hidden = (names: readonly string[]) =>
        Object.fromEntries(names.map(field => [field, placeholder('CHANNEL', name, field)]))
      const { options, ...given } = changesOf(differenceOf(channelDefaults, settings))
      return {
        ...plain({ name, vendor, ...(base_url !== vendors[vendor]?.baseUrl && { base_url }), ...given }),
        ...(isRecord(options) && {
          options: { ...plain(options), ...hidden(Object.keys(options).filter(isSecretOption)) }
        }),
        credential: hidden(fields)
      }
    }),

    models: (await stores.models.list()).map(model => {
      const { candidates, ...settings } = modelSettingsOf(model)
      const known = candidates?.flatMap(candidate => {
        const channel = channelNames.get(candidate.channel)
        return channel === undefined ? [] : [{ ...candidate, channel }]
      })
      const { candidates: _none, ...defaults } = blankModel
      return plain({
        name: model.name,
        ...(known && { candidates: known }),
        ...inSnakeCase(changesOf(differenceOf(defaults, settings)))
      })
    }),

    keys: keys.map(key => {
      const { name: _name, expiresAt, ...settings } = keySettingsOf(key)
      return plain({
        name: keyName.get(key.id),
        hash: shownHash(vault, key),
        ...(key.hint && { hint: key.hint }),
        ...(expiresAt !== null && { expires_at: Math.floor(expiresAt / 1000) }),
        ...inSnakeCase(changesOf(differenceOf(blankSettings, settings)))
      })
    }),

    webhooks: endpoints.map(({ id, keyId, url, events, disabled }) => {
      const [name, key] = [endpointName.get(id)!, keyName.get(keyId)!] // true because each has one
      return {
        ...plain({ name, key, url, event_types: events, ...(disabled && { disabled }) }),
        signing_secret: placeholder('WEBHOOK', `${key} ${name}`, 'secret')
      }
    }),

    settings: await storedSettings(stores)
  }
  const given = Object.entries(content).filter(([, value]) => Object.keys(value).length > 0)
  return { content: Object.fromEntries(given), variables }
}

/** Returns the text of a configuration file. */
export function toYaml({ content, variables }: Exported): string {
  const document = new Document<Node, false>(content)
  const needed = variables.length
    ? ` Secrets are not exported. Set these variables before it is applied:\n${variables.map(name => `   ${name}`).join('\n')}\n`
    : ''
  document.commentBefore = ` Exported by reelay.\n${needed}`.trimEnd()
  return document.toString({ lineWidth: 120 })
}

/** What a channel has that a file says nothing of. */
const channelDefaults = channelSettings.parse({ name: '-', vendor: '-', credential: '-' })

async function allKeys(stores: Tools['stores']): Promise<Key[]> {
  const all: Key[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const page = await stores.keys.list({ limit: PAGE, ...(after !== undefined && { after }) })
    all.push(...page)
    if (page.length < PAGE) return all.toReversed()
  }
}

async function allEndpoints(stores: Tools['stores']): Promise<Endpoint[]> {
  const all: Endpoint[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const page = await stores.endpoints.list({ limit: PAGE, order: 'asc', ...(after !== undefined && { after }) })
    all.push(...page)
    if (page.length < PAGE) return all.map(intact)
  }
}

const PAGE = 500

async function storedSettings(stores: Tools['stores']): Promise<Record<string, unknown>> {
  const texts = await stores.settings.read()
  const entries = settingNames.map(name => [name, storedSetting(name, texts.get(name) ?? '')] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** Returns a name for each object that no other one within the same has. */
function uniqueNames(objects: readonly { id: string; name: string; within?: string }[]): Map<string, string> {
  const mark = ({ name, within = '' }: (typeof objects)[number]) => JSON.stringify([within, name])
  const seen = new Set<string>()
  return new Map(
    objects.map(one => {
      const isTaken = seen.has(mark(one))
      seen.add(mark(one))
      return [one.id, isTaken ? `${one.name} (${one.id})` : one.name]
    })
  )
}

function createPlaceholders() {
  const variables: string[] = []
  return {
    variables,
    /** Returns `${NAME}` with a name that is free. */
    placeholder(...parts: string[]): string {
      const wanted = parts.map(part => part.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')).join('_')
      let name = wanted
      for (let number = 2; variables.includes(name); number++) name = `${wanted}_${number}`
      variables.push(name)
      return `\${${name}}`
    }
  }
}

/** Returns the value with its texts written so that nothing in them is taken for a variable. */
function plain<Value>(value: Value): Value {
  // true because only texts change, into texts
  if (typeof value === 'string') return value.replaceAll('${', () => '$${') as Value
  if (Array.isArray(value)) return value.map(plain) as Value
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)])) as Value
}

const inSnakeCase = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      value
    ])
  )
