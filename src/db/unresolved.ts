import { sql, type SQLWrapper } from 'drizzle-orm'

/* Error codes of tasks that ended with an unknown outcome at the vendor: their holds stay until an operator decides. */

const codes: readonly (string | null)[] = ['submit_outcome_unknown', 'internal_quarantined']

/** Whether an error code means an unknown outcome. */
export const isUnresolvedCode = (errorCode: string | null): boolean => codes.includes(errorCode)

/** The same as a condition on a column, with literals: with parameters the partial index would not be used. */
export const hasUnresolvedCode = (errorCode: SQLWrapper) =>
  sql`${errorCode} in ('submit_outcome_unknown', 'internal_quarantined')`
