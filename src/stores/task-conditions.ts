import { and, eq, gte, isNotNull, isNull, lt, lte, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { endedState, type Task, type TaskState } from '../db/index.ts'

/* What the operators' search asks of a task, in SQL; `t` is the table, or rows that were selected from it. */

export interface TaskSearch {
  /** none: all but refused ones */
  states?: readonly TaskState[]
  keyId?: string
  model?: string
  channelId?: string
  user?: string
  group?: string
  error?: string
  vendorCode?: string
  /** in the prompt or the id */
  q?: string
  /** when it was created, in milliseconds */
  from?: number
  to?: number
  /** what it was charged, in micro-units */
  minCost?: number
  maxCost?: number
}

type Columns = Record<keyof Task, SQLWrapper>

/** The state of any task in SQL. */
export const stateSql = (t: Columns): SQL<TaskState> =>
  sql`case when ${t.status} = 'queued' then 'waiting' when ${t.status} = 'in_progress' then 'running' else ${endedState(t)} end`

/** What is held for a task in micro-units; of a fanned-out task: for its child tasks. */
export const heldSql = (t: Columns): SQL<number | null> =>
  sql`case when ${isHeld(t)} then coalesce(${t.price}, (select sum(child.price) from tasks child where child.parent_id = ${t.id} and child.finished_at is null)) end`

const isHeld = (t: Columns) =>
  sql`(${t.finishedAt} is null or ${t.followUpAt} is not null or (${t.errorCode} in ('submit_outcome_unknown', 'internal_quarantined') and ${t.decidedAt} is null))`

/** The whole filter, for rows that a walk has read. */
export function matching(t: Columns, search: TaskSearch): SQL | undefined {
  const { states, keyId, model, channelId, user, group, error, vendorCode, q, from, to, minCost, maxCost } = search
  return and(
    isNull(t.parentId),
    states ? or(...states.map(state => sql`${stateSql(t)} = ${state}`)) : isNull(t.deletedAt),
    keyId === undefined ? undefined : eq(t.keyId, keyId),
    model === undefined ? undefined : eq(t.model, model),
    channelId === undefined ? undefined : eq(t.channelId, channelId),
    user === undefined ? undefined : eq(t.user, user),
    group === undefined ? undefined : eq(t.group, group),
    error === undefined ? undefined : eq(t.errorCode, error),
    vendorCode === undefined ? undefined : eq(t.vendorCode, vendorCode),
    from === undefined ? undefined : gte(t.createdAt, from),
    to === undefined ? undefined : lt(t.createdAt, to),
    minCost === undefined ? undefined : gte(t.charged, minCost),
    maxCost === undefined ? undefined : and(isNotNull(t.finishedAt), lte(t.charged, maxCost)),
    q === undefined ? undefined : contains(t, q)
  )
}

const contains = ({ prompt, id }: Columns, text: string) => {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, found => `\\${found}`)}%`
  return sql`(lower(${prompt}) like ${pattern} escape '\\' or ${id} like ${pattern} escape '\\')`
}
