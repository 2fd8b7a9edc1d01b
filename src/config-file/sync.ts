import type { ManagedRow } from '../db/index.ts'
import type { ConfigFile } from './read.ts'
import { createProblems, ConfigFileError } from './problems.ts'
import { openOwnership, type Step } from './ownership.ts'
import { disableChannel, syncChannels } from './sync-channels.ts'
import { disableKey, syncKeys } from './sync-keys.ts'
import { disableModel, syncModels } from './sync-models.ts'
import { forgetSetting, syncSettings } from './sync-settings.ts'
import { disableWebhook, syncWebhooks } from './sync-webhooks.ts'
import type { Sync, Tools } from './tools.ts'

/**
 * Makes the database what the file says: creates, changes and takes over what it names, and disables what it no longer names. Returns what
 * has changed. Throws ConfigFileError with every problem; the transaction must then be rolled back.
 */
export async function syncFile(tools: Tools, file: ConfigFile): Promise<Step[]> {
  const { stores, audit, by } = tools
  const ownership = await openOwnership({ managed: stores.managed, audit, by, path: file.path })
  const { found, attempt } = createProblems(file)
  const sync: Sync = { tools, file, ownership, attempt }

  await syncChannels(sync)
  await syncModels(sync)
  await syncKeys(sync)
  await syncWebhooks(sync)
  await syncSettings(sync)
  if (found.length) throw new ConfigFileError(file.path, found)

  const ends = {
    channel: disableChannel,
    model: disableModel,
    key: disableKey,
    webhook_endpoint: disableWebhook,
    setting: forgetSetting
  }
  await ownership.release(row => ends[row.kind](tools, row.id))
  return ownership.steps
}

/** Returns the name of an object that the file owns; null: it is gone. */
export async function namedBy({ stores }: Pick<Tools, 'stores'>, { kind, id }: ManagedRow): Promise<string | null> {
  if (kind === 'model' || kind === 'setting') return id
  if (kind === 'webhook_endpoint') {
    const endpoint = await stores.endpoints.get(id)
    return endpoint ? (endpoint.name ?? endpoint.url) : null
  }
  const row = kind === 'channel' ? await stores.channels.get(id) : await stores.keys.get(id)
  return row?.name ?? null
}
