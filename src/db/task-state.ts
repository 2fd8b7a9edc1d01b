import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { isUnresolvedCode } from './unresolved.ts'

/* The state of a task as operators see it. Conditions have literals only: with parameters the indexes would not be used. */

export type TaskState =
  | 'waiting'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  /** ended with an unknown outcome, and nobody has decided yet */
  | 'needs_decision'
  /** the vendor refused it at submit and its client was told so; hidden from clients */
  | 'refused'

type Column = 'status' | 'startedAt' | 'failure' | 'errorCode' | 'decidedAt' | 'deletedAt'

/** Returns the state of a task; a deleted one that was not refused has the state it ended in. */
export function stateOf({
  status,
  startedAt,
  failure,
  errorCode,
  decidedAt,
  deletedAt
}: {
  status: 'queued' | 'in_progress' | 'completed' | 'failed'
  startedAt: number | null
  failure: unknown
  errorCode: string | null
  decidedAt: number | null
  deletedAt: number | null
}): TaskState {
  if (status === 'queued') return 'waiting'
  if (status === 'in_progress') return 'running'
  if (status === 'completed') return 'succeeded'
  if (deletedAt !== null && startedAt === null && failure !== null) return 'refused'
  if (errorCode === 'cancelled') return 'cancelled'
  return isUnresolvedCode(errorCode) && decidedAt === null ? 'needs_decision' : 'failed'
}

/** The same in SQL, for tasks that have ended; null: its client deleted it. Without a comma, where drizzle-kit would cut the index's expression. */
export const endedState = (t: Record<Column, SQLWrapper>): SQL<TaskState | null> =>
  sql`(case when ${t.deletedAt} is not null then case when ${t.status} = 'failed' and ${t.startedAt} is null and ${t.failure} is not null then 'refused' end when ${t.status} = 'completed' then 'succeeded' when ${t.errorCode} = 'cancelled' then 'cancelled' when (${t.errorCode} = 'submit_outcome_unknown' or ${t.errorCode} = 'internal_quarantined') and ${t.decidedAt} is null then 'needs_decision' else 'failed' end)`

/** From the vendor's acceptance to the end, in milliseconds. */
export const taskDuration = (t: Record<'startedAt' | 'finishedAt', SQLWrapper>): SQL<number> =>
  sql`(${t.finishedAt} - ${t.startedAt})`
