import { statSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { diskSpace } from '../lib/disk-space.ts'
import { version } from '../lib/version.ts'
import type { Stores } from '../stores/index.ts'

interface Dependencies {
  database: Database
  stores: Pick<Stores, 'assets'>
  config: { DATABASE_URL: string; DATA_DIR: string; ARCHIVE_URL?: string | undefined }
  /** the settings as text, secrets masked */
  settings: readonly { name: string; value: string | null; isDefault: boolean; description: string }[]
  /** null: without Redis */
  redis: { isUp(): boolean } | null
  /** milliseconds at which this process began */
  startedAt: number
  now(): number
}

/** What runs here, on what, and how it is configured. */
export function createSystem({ database, stores, config, settings, redis, startedAt, now }: Dependencies) {
  const { db, tasks, keys, channels, assets } = database
  const count = async (table: typeof tasks | typeof keys | typeof channels | typeof assets, where = sql`true`) => {
    const [row] = await db
      .select({ count: sql<number>`count(*)` })
      .from(table)
      .where(where)
    return Number(row?.count ?? 0)
  }

  async function sizeOfDatabase(): Promise<number | null> {
    const path = /^file:(.*)$/.exec(config.DATABASE_URL)?.[1]
    if (path !== undefined) return statSync(path, { throwIfNoEntry: false })?.size ?? null
    const [row] = await db
      .select({ size: sql<string>`pg_database_size(current_database())` })
      .from(sql`(values (1)) as one`)
    return row ? Number(row.size) : null
  }

  return async () => {
    const { waiting, lost, error } = await stores.assets.troubled()
    const [{ count: migrations } = { count: 0 }] = await db
      .select({ count: sql<number>`count(*)` })
      .from(sql`migrations`)
    return {
      version: version(),
      node: process.version,
      uptime: now() - startedAt,
      database: { kind: database.kind, size: await sizeOfDatabase(), migrations: Number(migrations) },
      archive: { kind: kindOf(config.ARCHIVE_URL), isWell: waiting + lost === 0, error },
      redis: redis && { isUp: redis.isUp() },
      disk: diskSpace(config.DATA_DIR),
      counts: {
        tasks: await count(tasks),
        open: await count(tasks, sql`${tasks.finishedAt} is null`),
        files: await count(assets),
        keys: await count(keys, sql`${keys.revokedAt} is null`),
        channels: await count(channels, sql`${channels.deletedAt} is null`)
      },
      settings
    }
  }
}

export type System = ReturnType<typeof createSystem>

const kindOf = (url: string | undefined) => (url === 'off' ? 'off' : url?.startsWith('s3:') ? 's3' : 'file')
