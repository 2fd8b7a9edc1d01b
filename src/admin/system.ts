import { statSync, statfsSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { schema, type Config } from '../config.ts'
import type { Database } from '../db/index.ts'
import { version } from '../lib/version.ts'
import type { Stores } from '../stores/index.ts'

interface Dependencies {
  database: Database
  stores: Pick<Stores, 'assets'>
  config: Config
  /** its settings as text, secrets masked */
  texts: Readonly<Record<string, string>>
  /** null: without Redis */
  redis: { isUp(): boolean } | null
  /** milliseconds at which this process began */
  startedAt: number
  now(): number
}

/** What runs here, on what, and how it is configured. */
export function createSystem({ database, stores, config, texts, redis, startedAt, now }: Dependencies) {
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

  function diskOf(folder: string) {
    const { bavail, bsize, blocks } = statfsSync(folder)
    return { free: bavail * bsize, total: blocks * bsize }
  }

  function settings() {
    const defaults = schema.safeParse({}).data
    return Object.entries(schema.shape).map(([name, field]) => {
      const isDefault = texts[name] === undefined || isSame(config, defaults, name)
      return { name, value: texts[name] ?? null, isDefault, description: field.description ?? '' }
    })
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
      disk: diskOf(config.DATA_DIR),
      counts: {
        tasks: await count(tasks),
        open: await count(tasks, sql`${tasks.finishedAt} is null`),
        files: await count(assets),
        keys: await count(keys, sql`${keys.revokedAt} is null`),
        channels: await count(channels, sql`${channels.deletedAt} is null`)
      },
      settings: settings()
    }
  }
}

export type System = ReturnType<typeof createSystem>

const kindOf = (url: string | undefined) => (url === 'off' ? 'off' : url?.startsWith('s3:') ? 's3' : 'file')

function isSame(config: Config, defaults: object | undefined, name: string): boolean {
  const valueOf = (from: object | undefined) => JSON.stringify((from as Record<string, unknown> | undefined)?.[name]) // read by name
  return valueOf(config) === valueOf(defaults)
}
