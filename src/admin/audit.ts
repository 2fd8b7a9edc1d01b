import type { AuditRow, Database, Db } from '../db/index.ts'
import { auditRow, type By, type Change } from '../domain/audit.ts'
import { newId } from '../lib/ids.ts'
import { withoutTokens } from '../lib/log-error.ts'
import { isRecord } from '../lib/records.ts'
import type { AuditFilter, AuditStore, FoundAudit } from '../stores/audit.ts'

interface Dependencies {
  store: AuditStore
  transaction: Database['transaction']
  now(): number
}

/** Writes down every change by an operator: who, what, from where, and the fields before and after, secrets masked. */
export function createAudit({ store, transaction, now }: Dependencies) {
  function rowOf(by: By, change: Change): AuditRow {
    const row = auditRow(by, change, newId('aud', now()), now())
    const { before, after, targetName } = row
    return { ...row, before: masked(before), after: masked(after), targetName: masked(targetName) }
  }

  return {
    /** Makes a change and writes it down, in one transaction. `work` returns its result and the change, or null for a change of nothing. */
    record<Result>(by: By, work: (tx: Db) => Promise<readonly [Result, Change | null]>): Promise<Result> {
      return transaction(async tx => {
        const [result, change] = await work(tx)
        if (change) await store.insert(rowOf(by, change), tx)
        return result
      })
    },

    /** Writes down what has already happened, for changes that have transactions of their own. */
    add: (by: By, change: Change): Promise<void> => store.insert(rowOf(by, change)),

    list: (filter: AuditFilter): Promise<FoundAudit> => store.find(filter),

    /** Returns every row of a filter, newest first, read page by page. */
    async *all(filter: Omit<AuditFilter, 'after' | 'limit'>): AsyncGenerator<AuditRow> {
      for (let after: string | undefined; ;) {
        const { rows, hasMore, last } = await store.find({
          ...filter,
          limit: PAGE,
          ...(after !== undefined && { after })
        })
        yield* rows
        if (!hasMore || last === null) return
        after = last
      }
    }
  }
}

export type Audit = ReturnType<typeof createAudit>

const PAGE = 500

/** Masks secrets that people put into names, URLs and options. */
function masked<Value>(value: Value): Value {
  // true because masking changes texts only
  if (typeof value === 'string') return withoutTokens(value) as Value
  if (Array.isArray(value)) return value.map(masked) as Value
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one)])) as Value
}
