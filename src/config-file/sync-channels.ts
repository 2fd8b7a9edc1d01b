import { invalid } from '../admin/channel-checks.ts'
import type { ChannelSettings } from '../admin/channels.ts'
import type { Channel } from '../db/index.ts'
import { maskedOptions } from '../domain/secret-options.ts'
import { credentialContext } from '../lib/encryption-context.ts'
import { intact } from '../lib/damaged.ts'
import { isRecord } from '../lib/records.ts'
import type { Vault } from '../lib/vault.ts'
import { changesOf, differenceOf, hidden, type Difference } from './ownership.ts'
import type { FileChannel } from './schema.ts'
import type { Sync, Tools } from './tools.ts'

export async function syncChannels({ tools, file, ownership, attempt }: Sync): Promise<void> {
  for (const [index, channel] of file.content.channels.entries()) {
    const path = ['channels', index]
    await attempt(path, async () => {
      const { id, difference } = await settle(tools, channel)
      await ownership.own('channel', { id, name: channel.name }, file.position(path).line, difference)
    })
  }
}

async function settle(
  { channels, stores, checks, vault, by }: Tools,
  channel: FileChannel
): Promise<{ id: string; difference: Difference | 'new' }> {
  const row = await stores.channels.byName(channel.name)
  if (row?.builtIn) throw invalid('name', 'is the name of the built-in sandbox')
  if (!row || row.deletedAt !== null) return { id: (await channels.create(channel, by)).id, difference: 'new' }

  const vendor = checks.vendorOf(channel.vendor)
  const { credential: given, options, base_url: url = vendor.baseUrl, ...same } = channel
  const wanted = { ...same, base_url: checks.checkBaseUrl(url), options: checks.checkOptions(vendor, options) }
  const difference = differenceOf(settingsOf(row), wanted)
  const credential = checks.checkCredential(vendor, given)
  if (Object.keys(differenceOf({ credential: credentialOf(vault, row) }, { credential })).length)
    difference.credential = hidden
  const set: Partial<ChannelSettings> = {
    ...changesOf(difference),
    // another server is only called with a credential that was given for it
    ...((difference.credential ?? difference.base_url) && { credential })
  }
  if (Object.keys(set).length) await channels.change(row.id, set, by)
  const { options: changed } = difference
  return {
    id: row.id,
    difference: { ...difference, ...(changed && { options: [shown(changed[0]), shown(changed[1])] }) }
  }
}

const shown = (options: unknown) => (isRecord(options) ? maskedOptions(options) : options)

export async function disableChannel({ channels, stores, by }: Tools, id: string) {
  const row = await stores.channels.get(id)
  if (!row || row.deletedAt !== null) return null
  if (!row.disabled) await channels.change(id, { disabled: true }, by)
  return { name: row.name, disabled: !row.disabled }
}

/** Returns the settings of a channel as the admin API names them. */
export function settingsOf(row: Channel) {
  const { name, vendor, baseUrl, options, models, maxConcurrency, submitsPerMinute, priority, weight, disabled } =
    intact(row)
  return {
    name,
    vendor,
    base_url: baseUrl,
    options,
    models,
    max_concurrency: maxConcurrency,
    submits_per_minute: submitsPerMinute,
    priority,
    weight,
    disabled
  }
}

/** Returns the credential by field; null: it cannot be decrypted. */
export function credentialOf(vault: Vault, { id, credential }: Channel): Record<string, string> | null {
  try {
    // true because channels.ts writes it
    return JSON.parse(vault.decrypt(credential, credentialContext(id))) as Record<string, string>
  } catch {
    return null
  }
}
