import { sql, type SQLWrapper } from 'drizzle-orm'

/* Tasks that ended without anybody knowing what the vendor does with them: their holds stay until somebody decides. */

const codes: readonly (string | null)[] = ['submit_outcome_unknown', 'internal_quarantined']

export const isUnresolvedCode = (errorCode: string | null): boolean => codes.includes(errorCode)

/** The same of a column, written out: a parameter would not fit the partial index. */
export const hasUnresolvedCode = (errorCode: SQLWrapper) =>
  sql`${errorCode} in ('submit_outcome_unknown', 'internal_quarantined')`
