import { and, asc, eq, gt } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { damageIn, intact } from '../lib/damaged.ts'
import { callbackSecretContext, credentialContext, endpointSecretsContext } from '../lib/encryption-context.ts'
import type { Vault } from '../lib/vault.ts'
import { finishRotation } from '../secret-key.ts'
import { BackupError } from './error.ts'

const PAGE = 200
// each is made only because a server has written between the last two
const MOST_PASSES = 5

export interface Rewrapped {
  /** values that were rewritten */
  rewritten: number
  /** rows with a value that neither key can decrypt */
  unreadable: string[]
}

/**
 * Rewrites everything that the previous SECRET_KEY encrypted with the current one, while servers run. What is rewritten stays so: after a kill it
 * is simply run again. Each value is replaced only if nobody else has changed it. Throws BackupError when a server still encrypts with another key.
 */
export async function rewrap(database: Database, vault: Vault): Promise<Rewrapped> {
  let rewritten = 0
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const { stale, unreadable, ...found } = await rewrapOnce(database, vault)
    rewritten += found.rewritten
    if (stale > 0) continue
    await finishRotation(database, vault)
    return { rewritten, unreadable }
  }
  throw new BackupError(
    'Values are still encrypted with the previous key while they are rewritten. Restart every server with the new SECRET_KEY, then run this again.'
  )
}

async function rewrapOnce({ db, channels, keys, endpoints }: Database, vault: Vault) {
  const found = { stale: 0, rewritten: 0, unreadable: [] as string[] }

  /** Returns the value encrypted with the current key; null: it already is, or nobody can read it. */
  function renewed(value: string | null, context: string): string | null {
    if (value === null || vault.isCurrent(value, context)) return null
    try {
      const fresh = vault.encrypt(vault.decrypt(value, context), context)
      found.stale++
      return fresh
    } catch {
      found.unreadable.push(context.split(':').slice(0, 2).join(' '))
      return null
    }
  }

  function count(changed: readonly unknown[]) {
    found.rewritten += changed.length
    passCheckpoint('rewrapped')
  }

  const channelPages = (after: string) =>
    db.select().from(channels).where(gt(channels.id, after)).orderBy(asc(channels.id)).limit(PAGE)
  for await (const { id, credential } of rowsOf(channelPages)) {
    const fresh = renewed(credential, credentialContext(id))
    const same = and(eq(channels.id, id), eq(channels.credential, credential))
    if (fresh !== null) count(await db.update(channels).set({ credential: fresh }).where(same).returning())
  }

  const keyPages = (after: string) => db.select().from(keys).where(gt(keys.id, after)).orderBy(asc(keys.id)).limit(PAGE)
  for await (const { id, callbackSecret, oldCallbackSecret } of rowsOf(keyPages)) {
    const fresh = renewed(callbackSecret, callbackSecretContext(id))
    const same = and(eq(keys.id, id), eq(keys.callbackSecret, callbackSecret ?? ''))
    if (fresh !== null) count(await db.update(keys).set({ callbackSecret: fresh }).where(same).returning())
    const old = renewed(oldCallbackSecret, callbackSecretContext(id))
    const sameOld = and(eq(keys.id, id), eq(keys.oldCallbackSecret, oldCallbackSecret ?? ''))
    if (old !== null) count(await db.update(keys).set({ oldCallbackSecret: old }).where(sameOld).returning())
  }

  const endpointPages = (after: string) =>
    db.select().from(endpoints).where(gt(endpoints.id, after)).orderBy(asc(endpoints.id)).limit(PAGE)
  for await (const endpoint of rowsOf(endpointPages)) {
    const { id, secrets } = intact(endpoint)
    if (damageIn(endpoint).includes('secrets')) found.unreadable.push(`endpoints ${id}`)
    const fresh = secrets.map(({ cipher, until }) => ({
      cipher: renewed(cipher, endpointSecretsContext(id)) ?? cipher,
      until
    }))
    if (fresh.every(({ cipher }, n) => cipher === secrets[n]?.cipher)) continue
    const same = and(eq(endpoints.id, id), eq(endpoints.secrets, secrets))
    const changed = await db.update(endpoints).set({ secrets: fresh }).where(same).returning()
    // each of them is one value
    count(changed.flatMap(() => fresh.filter(({ cipher }, n) => cipher !== secrets[n]?.cipher)))
  }
  return found
}

/** Yields the rows of a table, read page by page in the order of their ids. */
async function* rowsOf<Row extends { id: string }>(read: (after: string) => PromiseLike<Row[]>) {
  for (let after = ''; ;) {
    const page = await read(after)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.id
  }
}
