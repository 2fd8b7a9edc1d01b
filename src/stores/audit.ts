import { and, desc, eq, gte, lt, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { AuditRow, Database, Db } from '../db/index.ts'
import { columnNames, fixed, placeholders, statement } from '../db/statement.ts'
import { lowestId } from '../lib/ids.ts'

export interface AuditFilter {
  /** id or name of who made the change */
  who?: string
  /** an action (`key.create`) or a type of object (`key`) */
  what?: string
  /** id of the object that changed */
  target?: string
  /** milliseconds; `to` is exclusive */
  from?: number
  to?: number
  /** part of the name of who made the change or of what changed, of an id or an action */
  q?: string
  after?: string
  limit: number
}

export interface FoundAudit {
  rows: AuditRow[]
  hasMore: boolean
  /** `after` of the next page; null: nothing was read */
  last: string | null
}

/** Rows that one page reads at most when it looks for a text. */
const WALK = 20_000

/** The audit: append-only, which triggers in the database enforce. */
export function createAuditStore({ db, audit }: Database) {
  const insert = statement('insert_audit', on => on.insert(audit).values(placeholders<AuditRow>(columnNames(audit))))

  return {
    /** Writes a row in the transaction of the change, or by itself. */
    async insert(row: AuditRow, on: Db = db): Promise<void> {
      await insert(on, row)
    },

    /**
     * Returns a page, newest first; `after` is an id. Each filter has an index that gives this order. A text is looked for in at most 20,000
     * rows: a page that ends there says how to go on.
     */
    async find({ q, limit, ...filter }: AuditFilter): Promise<FoundAudit> {
      const read = db
        .select()
        .from(audit)
        .where(and(...conditionsOf(filter)))
        .orderBy(desc(audit.id))
      if (q === undefined) return pageOf(await read.limit(limit + 1), limit)
      const walked = read.limit(fixed(WALK)).as('walked')
      const found: AuditRow[] = await db
        .select()
        .from(walked)
        .where(contains(walked, q))
        .limit(limit + 1)
      const page = pageOf(found, limit)
      if (page.hasMore) return page
      const [stop] = await db
        .select({ id: audit.id })
        .from(audit)
        .where(and(...conditionsOf(filter)))
        .orderBy(desc(audit.id))
        .limit(fixed(1))
        .offset(fixed(WALK - 1))
      return stop ? { ...page, hasMore: true, last: stop.id } : page
    }
  }

  function conditionsOf({ who, what, target, from, to, after }: Omit<AuditFilter, 'q' | 'limit'>): (SQL | undefined)[] {
    return [
      who === undefined ? undefined : whoIs(who),
      what === undefined ? undefined : eq(what.includes('.') ? audit.action : audit.targetType, what),
      target === undefined ? undefined : eq(audit.targetId, target),
      from === undefined ? undefined : gte(audit.id, lowestId('aud', from)),
      to === undefined ? undefined : lt(audit.id, lowestId('aud', to)),
      after === undefined ? undefined : lt(audit.id, after)
    ]
  }

  function whoIs(who: string) {
    return /^(user|key)_/.test(who) ? eq(audit.actorId, who) : eq(audit.actorName, who)
  }
}

export type AuditStore = ReturnType<typeof createAuditStore>

function pageOf(found: AuditRow[], limit: number): FoundAudit {
  const rows = found.slice(0, limit)
  return { rows, hasMore: found.length > limit, last: rows.at(-1)?.id ?? null }
}

type Searched = Record<'actorName' | 'actorId' | 'targetName' | 'targetId' | 'action', SQLWrapper>

function contains({ actorName, actorId, targetName, targetId, action }: Searched, text: string): SQL {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, found => `\\${found}`)}%`
  const matches = [actorName, actorId, targetName, targetId, action].map(
    column => sql`lower(${column}) like ${pattern} escape '\\'`
  )
  return or(...matches)! // never empty
}
