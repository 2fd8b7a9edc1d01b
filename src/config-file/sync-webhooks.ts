import { invalid } from '../admin/channel-checks.ts'
import type { Endpoint, Key } from '../db/index.ts'
import { endpointFields, type Change } from '../domain/audit.ts'
import { intact } from '../lib/damaged.ts'
import { endpointSecretsContext } from '../lib/encryption-context.ts'
import type { Vault } from '../lib/vault.ts'
import { changesOf, differenceOf, hidden, type Difference } from './ownership.ts'
import type { FileKey, FileWebhook } from './schema.ts'
import type { Sync, Tools } from './tools.ts'

const AT_ONCE = 1000

export async function syncWebhooks({ tools, file, ownership, attempt }: Sync): Promise<void> {
  for (const [index, webhook] of file.content.webhooks.entries()) {
    const path = ['webhooks', index]
    await attempt(path, async () => {
      const key = await keyOf(tools, webhook, file.content.keys)
      // what is wrong with the key is said where it is defined
      if (!key) return
      const row = await find(tools, key, webhook)
      const { id, difference } = row
        ? { id: row.id, difference: await change(tools, key, row, webhook) }
        : { id: await create(tools, key, webhook), difference: 'new' as const }
      await ownership.own('webhook_endpoint', { id, name: webhook.name }, file.position(path).line, difference)
    })
  }
}

/** Returns the key of a webhook; null: it is one of the file that could not be created. */
async function keyOf({ stores }: Tools, { key: name }: FileWebhook, defined: readonly FileKey[]): Promise<Key | null> {
  const [key, ...others] = await stores.keys.named(name)
  if (!key && defined.some(one => one.name === name)) return null
  if (!key) throw invalid('key', `there is no key ${name}`)
  if (others.length) throw invalid('key', `there are several keys ${name}`)
  return intact(key)
}

/** Returns the key's endpoint of this name. */
async function find({ stores }: Tools, { id: keyId }: Key, { name }: FileWebhook): Promise<Endpoint | null> {
  const all = await stores.endpoints.list({ keyId, limit: AT_ONCE, order: 'asc' })
  const [found, ...others] = all.filter(one => one.name === name)
  if (others.length) throw invalid('name', 'is the name of several endpoints of this key')
  return found ? intact(found) : null
}

async function create(tools: Tools, key: Key, webhook: FileWebhook): Promise<string> {
  const { name, url, event_types: events, signing_secret: secret, disabled } = webhook
  const { endpoint } = await tools.endpoints.create(key, { name, url, events }, secret)
  if (disabled) await tools.endpoints.update(key, endpoint.id, { disabled })
  await record(tools, 'create', endpoint, { after: endpointFields({ ...endpoint, disabled }) })
  return endpoint.id
}

async function change(tools: Tools, key: Key, row: Endpoint, webhook: FileWebhook): Promise<Difference> {
  const { endpoints, vault } = tools
  const { url, event_types, signing_secret: secret, disabled } = webhook
  const difference = differenceOf(row, { url, events: [...new Set(event_types)], disabled })
  if (Object.keys(difference).length) {
    const after = await endpoints.update(key, row.id, changesOf(difference))
    await record(tools, 'update', after, { before: endpointFields(row), after: endpointFields(after) })
  }
  if (secretOf(vault, row) !== secret) {
    // receivers may learn of the new secret later
    await endpoints.rotate(key, row.id, true, secret)
    await record(tools, 'rotate_secret', row)
    difference.signing_secret = hidden
  }
  return difference
}

/** Returns the newest secret; null: it cannot be decrypted. */
function secretOf(vault: Vault, { id, secrets }: Endpoint): string | null {
  try {
    return secrets[0] ? vault.decrypt(secrets[0].cipher, endpointSecretsContext(id)) : null
  } catch {
    return null
  }
}

export async function disableWebhook(tools: Tools, id: string) {
  const row = await tools.stores.endpoints.get(id)
  const key = row && (await tools.stores.keys.get(row.keyId))
  if (!key) return null
  const { name, url, disabled } = row
  if (!disabled) {
    const after = await tools.endpoints.update(intact(key), id, { disabled: true })
    await record(tools, 'update', after, { before: endpointFields(row), after: endpointFields(after) })
  }
  return { name: name ?? url, disabled: !disabled }
}

const record = (
  { audit, by }: Tools,
  action: 'create' | 'update' | 'rotate_secret',
  { id, name, url }: Endpoint,
  fields: Pick<Change, 'before' | 'after'> = {}
) =>
  audit.add(by, {
    action: `webhook_endpoint.${action}`,
    target: { type: 'webhook_endpoint', id, name: name ?? url },
    ...fields
  })
