import { and, asc, desc, eq, gte, lt, sql, type SQL } from 'drizzle-orm'
import { endedState, stateOf, taskDuration, type Database, type Task, type TaskState } from '../db/index.ts'
import { fixed } from '../db/statement.ts'
import { lowestId } from '../lib/ids.ts'
import { heldSql, matching, stateSql, type TaskSearch } from './task-conditions.ts'

/*
 * The operators' search over all tasks. Each search reads along one index in the order of the result; what that index does not decide is
 * tested row by row, for at most `WALK` rows, so that no filter reads a million of them. A page that ends there says how to go on.
 */

export type { TaskSearch } from './task-conditions.ts'

export interface TaskPage extends TaskSearch {
  /** by cost or duration: ended tasks only */
  sort: 'created' | 'cost' | 'duration'
  order: 'asc' | 'desc'
  /** an id */
  after?: string
  limit: number
}

export interface FoundTasks {
  rows: Task[]
  hasMore: boolean
  /** `after` of the next page; null: nothing was read */
  last: string | null
}

export interface TaskTotals {
  count: number
  /** there are more: counting stopped */
  capped: boolean
  lines: { state: TaskState; currency: string | null; count: number; charged: number; held: number; seconds: number }[]
}

/** Rows that one page or one count reads at most along one index. */
const WALK = 20_000
/** Tasks that a summary counts at most. */
const COUNT = 10_001

// ids are never earlier than their tasks, but later ones follow a clock that was set back
const CLOCK_STEP = 24 * 60 * 60 * 1000

const openStates: readonly TaskState[] = ['waiting', 'running']

export function createTaskSearch({ db, tasks }: Database) {
  const keyOf = { created: tasks.id, cost: tasks.charged, duration: taskDuration(tasks) }

  /** Returns the conditions of each index that is read; together they have every row that can match. */
  function walksOf(search: TaskSearch, sort: TaskPage['sort']): SQL[] {
    const ended = sql`${tasks.finishedAt} is not null`
    const open = sql`${tasks.finishedAt} is null`
    if (sort === 'cost') return [ended]
    if (sort === 'duration') return [sql`${ended} and ${tasks.startedAt} is not null`]
    const { group, vendorCode, error, user, keyId, channelId, model, states } = search
    if (group !== undefined) return [eq(tasks.group, group)]
    if (vendorCode !== undefined) return [eq(tasks.vendorCode, vendorCode)]
    if (error !== undefined) return [eq(tasks.errorCode, error)]
    if (user !== undefined) return [eq(tasks.user, user)]
    const mayBeOpen = !states || states.some(state => openStates.includes(state))
    if (states && !states.includes('succeeded')) {
      const each = states.filter(state => !openStates.includes(state)).map(isEnded)
      return mayBeOpen ? [open, ...each] : each
    }
    const one = channelId === undefined ? model !== undefined && eq(tasks.model, model) : eq(tasks.channelId, channelId)
    if (keyId !== undefined) return [eq(tasks.keyId, keyId)]
    if (one) return [...(mayBeOpen ? [open] : []), and(ended, one)!]
    if (!states) return [sql`true`]
    return [...(mayBeOpen ? [open] : []), ...states.filter(state => !openStates.includes(state)).map(isEnded)]
  }

  // literals: with parameters the partial index would not be used
  const isEnded = (state: TaskState) =>
    sql`${tasks.finishedAt} is not null and ${tasks.parentId} is null and ${endedState(tasks)} = ${sql.raw(`'${state}'`)}`

  /** The rows of one walk in order, as a table to select from. */
  function walked(
    where: SQL,
    search: TaskSearch,
    { sort, order }: Pick<TaskPage, 'sort' | 'order'>,
    cursor?: SQL,
    skip = 0
  ) {
    const direction = order === 'desc' ? desc : asc
    const { from, to } = sort === 'created' ? search : {}
    return db
      .select()
      .from(tasks)
      .where(
        and(
          where,
          from === undefined ? undefined : gte(tasks.id, lowestId('video', from)),
          to === undefined ? undefined : lt(tasks.id, lowestId('video', to + CLOCK_STEP)),
          cursor
        )
      )
      .orderBy(...(sort === 'created' ? [direction(tasks.id)] : [direction(keyOf[sort]), direction(tasks.id)]))
      .limit(fixed(WALK - skip))
      .offset(fixed(skip))
  }

  /** What comes after a task in an order; null: there is no such task. */
  async function cursorOf({ sort, order, after }: TaskPage): Promise<SQL | undefined | null> {
    if (after === undefined) return undefined
    const compare = sql.raw(order === 'desc' ? '<' : '>')
    if (sort === 'created') return sql`${tasks.id} ${compare} ${after}`
    const [row] = await db
      .select({ key: sql<number | null>`${keyOf[sort]}` })
      .from(tasks)
      .where(eq(tasks.id, after))
    return row?.key == null ? null : sql`(${keyOf[sort]}, ${tasks.id}) ${compare} (${Number(row.key)}, ${after})`
  }

  /** Returns the task at which a walk stopped without reading all; undefined: it read all. */
  async function stopOf(where: SQL, page: TaskPage, cursor?: SQL): Promise<Task | undefined> {
    const [row] = await walked(where, page, page, cursor, WALK - 1)
    return row
  }

  return {
    stateOf,

    /** Returns a page of tasks, without child tasks and deleted ones; null: there is no task `after`. */
    async find(page: TaskPage): Promise<FoundTasks | null> {
      const { sort, order, limit } = page
      const cursor = await cursorOf(page)
      if (cursor === null) return null
      const before = inOrderOf(sort, order)
      let stop: Task | undefined
      let rows: Task[] = []
      for (const where of walksOf(page, sort)) {
        const source = walked(where, page, page, cursor).as('walked')
        const found: Task[] = await db
          .select()
          .from(source)
          .where(matching(source, page))
          .limit(limit + 1)
        rows.push(...found)
        const stopped = found.length > limit ? undefined : await stopOf(where, page, cursor)
        // the walk that stopped first: what others found beyond it may have others before it
        if (stopped && (!stop || before(stopped, stop) < 0)) stop = stopped
      }
      rows.sort(before)
      if (stop) rows = rows.filter(row => before(row, stop) <= 0)
      const hasMore = rows.length > limit || stop !== undefined
      rows = rows.length > limit ? rows.slice(0, limit) : rows
      const last = rows.length === limit ? rows.at(-1) : (stop ?? rows.at(-1))
      return { rows, hasMore, last: last?.id ?? null }
    },

    /** Counts what a search finds, up to 10,001 tasks, and sums it by state and currency. Money in micro-units. */
    async totals(search: TaskSearch): Promise<TaskTotals> {
      const sums = new Map<string, TaskTotals['lines'][number]>()
      let [count, stopped] = [0, false]
      for (const where of walksOf(search, 'created')) {
        const page = { ...search, sort: 'created', order: 'desc', limit: 0 } as const
        const source = walked(where, search, page).as('walked')
        const matched = db
          .select({
            state: stateSql(source).as('state'),
            currency: source.currency,
            charged: source.charged,
            held: heldSql(source).as('held'),
            milliseconds:
              sql<number>`case when ${source.status} = 'completed' then ${source.n} * coalesce(${source.milliseconds}, 0) else 0 end`.as(
                'made'
              )
          })
          .from(source)
          .where(matching(source, search))
          .limit(fixed(COUNT))
          .as('matched')
        const lines = await db
          .select({
            state: sql<TaskState>`${matched.state}`,
            currency: matched.currency,
            count: sql<number>`count(*)`,
            charged: sql<number>`sum(${matched.charged})`,
            held: sql<number>`sum(coalesce(${matched.held}, 0))`,
            milliseconds: sql<number>`sum(${matched.milliseconds})`
          })
          .from(matched)
          .groupBy(sql`${matched.state}`, matched.currency)
        for (const { milliseconds, ...line } of lines) {
          const id = `${line.state} ${line.currency}`
          const { count: n = 0, charged = 0, held = 0, seconds = 0 } = sums.get(id) ?? {}
          sums.set(id, {
            state: line.state,
            currency: line.currency,
            count: n + Number(line.count),
            charged: charged + Number(line.charged),
            held: held + Number(line.held),
            seconds: seconds + Number(milliseconds) / 1000
          })
          count += Number(line.count)
        }
        stopped ||= count < COUNT && (await stopOf(where, page)) !== undefined
      }
      return { count: Math.min(count, COUNT), capped: count >= COUNT || stopped, lines: [...sums.values()] }
    }
  }
}

export type TaskSearchStore = ReturnType<typeof createTaskSearch>

function inOrderOf(sort: TaskPage['sort'], order: TaskPage['order']) {
  const key = ({ charged, startedAt, finishedAt }: Task) =>
    sort === 'cost' ? charged : sort === 'duration' ? (finishedAt ?? 0) - (startedAt ?? 0) : 0
  const sign = order === 'desc' ? -1 : 1
  return (a: Task, b: Task) => sign * (key(a) - key(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}
