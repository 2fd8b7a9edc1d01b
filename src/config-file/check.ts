import { createChannelChecks, invalid, type ChannelChecks } from '../admin/channel-checks.ts'
import { checkPrices, factsOf } from '../admin/models.ts'
import { isWellFormed } from '../lib/secrets.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { checkTypes } from '../webhooks/endpoints.ts'
import type { Problem, SourceDocument } from './document.ts'
import { createProblems } from './problems.ts'
import type { FileContent, FileKey } from './schema.ts'

export interface Checks {
  channelChecks: ChannelChecks
  /** what prices may depend on */
  priceFacts: readonly string[]
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
}

/** Creates the checks that need no database. */
export const createChecks = (vendors: Record<string, Vendor>, refuseAddress: Checks['refuseAddress']): Checks => ({
  channelChecks: createChannelChecks({ vendors, refuseAddress }),
  priceFacts: factsOf(Object.values(vendors)),
  refuseAddress
})

/** Returns what is wrong with the objects of a file, as far as it can be known without the database. */
export async function checkContent(
  { channels, models, keys, webhooks }: FileContent,
  document: SourceDocument,
  { channelChecks, priceFacts, refuseAddress }: Checks
): Promise<Problem[]> {
  const { found, attempt } = createProblems(document)
  const { vendorOf, checkCredential, checkOptions, checkBaseUrl } = channelChecks

  for (const [index, { vendor: id, credential, options, base_url: url }] of channels.entries()) {
    const path = ['channels', index]
    const vendor = await attempt(path, () => vendorOf(id))
    if (url !== undefined) await attempt(path, () => checkBaseUrl(url))
    if (!vendor) continue
    await attempt(path, () => checkCredential(vendor, credential))
    await attempt(path, () => checkOptions(vendor, options))
  }

  for (const [index, { prices = [] }] of models.entries())
    await attempt(['models', index], () => checkPrices(prices, priceFacts))

  for (const [index, key] of keys.entries()) await attempt(['keys', index], () => checkKey(key))

  for (const [index, { key: name, url, event_types: types }] of webhooks.entries()) {
    const path = ['webhooks', index]
    const reason = refuseAddress(url)
    await attempt(path, () => {
      if (reason) throw invalid('url', reason)
    })
    // of a key of the database only apply knows the role
    const key = keys.find(one => one.name === name)
    if (key) await attempt(path, () => checkTypes(types, key.role ?? 'member'))
  }
  return found
}

const knownHash = /^hmac-sha256:([0-9a-f]{8}):([0-9a-f]{64})$/

/** Splits the hash of a key into the mark of what it was hashed with and the hash itself; null: it is no such hash. */
export function splitHash(text: string): { mark: string; hash: string } | null {
  const [, mark, hash] = knownHash.exec(text) ?? []
  return mark !== undefined && hash !== undefined ? { mark, hash } : null
}

function checkKey({ secret, hash, role, scopes }: FileKey) {
  if (secret !== undefined && !isWellFormed(secret))
    throw invalid('secret', 'is not a key of reelay. `reelay config key` makes one')
  if (hash !== undefined && !splitHash(hash)) throw invalid('hash', 'must be copied from `reelay config export`')
  if (scopes && role !== 'admin') throw invalid('scopes', 'only admin keys have scopes')
}
