import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import type { AuditRow, Database, Db } from '../db/index.ts'
import { columnNames, placeholders, statement } from '../db/statement.ts'
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
  after?: string
  limit: number
}

/** The audit: append-only, which triggers in the database enforce. */
export function createAuditStore({ db, audit }: Database) {
  const insert = statement('insert_audit', on => on.insert(audit).values(placeholders<AuditRow>(columnNames(audit))))

  return {
    /** Writes a row in the transaction of the change, or by itself. */
    async insert(row: AuditRow, on: Db = db): Promise<void> {
      await insert(on, row)
    },

    /** Returns a page, newest first; `after` is an id. Each filter has an index that gives this order. */
    async list({ who, what, target, from, to, after, limit }: AuditFilter): Promise<AuditRow[]> {
      const where: (SQL | undefined)[] = [
        who === undefined ? undefined : whoIs(who),
        what === undefined ? undefined : eq(what.includes('.') ? audit.action : audit.targetType, what),
        target === undefined ? undefined : eq(audit.targetId, target),
        from === undefined ? undefined : gte(audit.id, lowestId('aud', from)),
        to === undefined ? undefined : lt(audit.id, lowestId('aud', to)),
        after === undefined ? undefined : lt(audit.id, after)
      ]
      return db
        .select()
        .from(audit)
        .where(and(...where))
        .orderBy(desc(audit.id))
        .limit(limit)
    }
  }

  function whoIs(who: string) {
    return /^(user|key)_/.test(who) ? eq(audit.actorId, who) : eq(audit.actorName, who)
  }
}

export type AuditStore = ReturnType<typeof createAuditStore>
