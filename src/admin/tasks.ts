import type {
  AskedFields,
  Asset,
  Attempt,
  Delivery,
  ExchangeRow,
  Key,
  LedgerEntry,
  Task,
  TaskState
} from '../db/index.ts'
import { missingFrom, requestOf } from '../domain/asked.ts'
import type { By } from '../domain/audit.ts'
import { timelineOf, type TimelineEntry } from '../domain/timeline.ts'
import { ApiError } from '../errors.ts'
import type { DeliveryStore } from '../stores/deliveries.ts'
import type { ExchangeStore } from '../stores/exchanges.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { NameStore } from '../stores/names.ts'
import { intact } from '../lib/damaged.ts'
import type { TaskDetailStore } from '../stores/task-details.ts'
import type { TaskPage, TaskSearch, TaskSearchStore, TaskTotals } from '../stores/task-search.ts'
import type { Tasks } from '../tasks/tasks.ts'
import type { Audit } from './audit.ts'

export interface Named {
  id: string
  name: string
}

/** A task as lists of operators show it; money in micro-units, times in milliseconds. */
export interface DescribedTask {
  task: Task
  state: TaskState
  key: Named
  channel: Named | null
  held: number | null
  charged: number | null
  attempts: number
  hasThumbnail: boolean
  /** of a task that needs a decision: its hold is released then */
  decideBy: number | null
}

export interface TaskDetail extends DescribedTask {
  asked: AskedFields | null
  timeline: (TimelineEntry & { channel: Named | null })[]
  files: Asset[]
  attemptList: Attempt[]
  ledger: LedgerEntry[]
  deliveries: { delivery: Delivery; type: string }[]
  /** names of channels by id */
  channelNames: ReadonlyMap<string, string>
}

interface Dependencies {
  tasks: Tasks
  search: TaskSearchStore
  details: TaskDetailStore
  names: NameStore
  keys: KeyStore
  deliveries: DeliveryStore
  exchanges: ExchangeStore
  audit: Audit
  unresolvedHoldMs: number
}

const PAGE = 500
/** Tasks that one bulk cancel may change. */
const MOST_AT_ONCE = 1000

/** The tasks of all keys, as operators find, follow, cancel and repeat them. */
export function createAdminTasks({
  tasks,
  search,
  details,
  names,
  keys,
  deliveries,
  exchanges,
  audit,
  unresolvedHoldMs
}: Dependencies) {
  async function describe(rows: readonly Task[]): Promise<DescribedTask[]> {
    const [keyNames, channelNames, extrasOf] = await Promise.all([
      names.keys(rows.map(({ keyId }) => keyId)),
      names.channels(rows.map(({ channelId }) => channelId)),
      details.extrasOf(rows)
    ])
    return rows.map(row => {
      const task = intact(row)
      const state = search.stateOf(task)
      const { attempts, heldByChildren, hasThumbnail } = extrasOf(task.id)
      const isHeld = task.finishedAt === null || task.followUpAt !== null || state === 'needs_decision'
      return {
        task: row,
        state,
        key: { id: task.keyId, name: keyNames.get(task.keyId) ?? task.keyId },
        channel: task.channelId === null ? null : named(task.channelId, channelNames),
        held: isHeld ? (task.price ?? heldByChildren) : heldByChildren,
        charged: task.currency === null || isHeld ? null : task.charged,
        attempts,
        hasThumbnail: hasThumbnail || task.result?.videos[0].coverUrl !== undefined,
        decideBy: state === 'needs_decision' ? task.finishedAt! + unresolvedHoldMs : null
      }
    })
  }

  async function find(page: TaskPage) {
    const found = await search.find(page)
    if (!found)
      throw new ApiError('invalid_request', { param: 'after', message: `after: there is no task ${page.after}.` })
    return found
  }

  async function cancelOne(key: Key, task: Task, by: By): Promise<boolean> {
    const after = await tasks.cancel(key, task.id)
    const isCancelled = after.finishedAt !== null || after.cancelRequested
    if (isCancelled)
      await audit.add(by, { action: 'task.cancel', target: { type: 'task', id: task.id, name: task.model } })
    return isCancelled
  }

  return {
    describe,

    async list(page: TaskPage): Promise<{ rows: DescribedTask[]; hasMore: boolean; last: string | null }> {
      const { rows, hasMore, last } = await find(page)
      return { rows: await describe(rows), hasMore, last }
    },

    /** Returns every task of a search in its order, read page by page. */
    async *all(page: Omit<TaskPage, 'after' | 'limit'>): AsyncGenerator<DescribedTask> {
      for (let after: string | undefined; ;) {
        const { rows, hasMore, last } = await find({ ...page, limit: PAGE, ...(after !== undefined && { after }) })
        yield* await describe(rows)
        if (!hasMore || last === null) return
        after = last
      }
    },

    /** Returns the exchange log of a task and its child tasks. Throws video_not_found. */
    async exchangesOf(id: string): Promise<ExchangeRow[]> {
      const { children } = await tasks.inspect(id)
      return (await Promise.all([id, ...children.map(child => child.id)].map(exchanges.ofTask))).flat()
    },

    totals: (filter: TaskSearch): Promise<TaskTotals> => search.totals(filter),

    /** Returns a task, also one that its client deleted or never saw: its money is still to be accounted for. Throws video_not_found. */
    async detail(id: string): Promise<TaskDetail> {
      const [row] = await details.tasksOf([id])
      if (!row) throw new ApiError('video_not_found', { param: 'id' })
      const { task, children, attempts, ledger } = await tasks.inspect(id)
      const ids = [id, ...children.map(child => child.id)]
      const [[described], asked, files, sent, polls, events] = await Promise.all([
        describe([row]),
        details.askedOf(id),
        details.filesOf(ids),
        deliveries.list({ taskId: id, limit: 1000, order: 'asc' }),
        exchanges.pollsOf(id),
        Promise.all(ids.map(tasks.history))
      ])
      const channelNames = await names.channels(attempts.map(({ channelId }) => channelId))
      const timeline = timelineOf({
        task: intact(task),
        attempts: attempts.map(intact),
        events: events.flat(),
        files,
        deliveries: sent.map(({ delivery }) => delivery),
        polls
      })
      return {
        ...described!, // one for each row
        task,
        asked: intact({ asked: asked ?? null }).asked,
        timeline: timeline.map(entry => ({
          ...entry,
          channel: entry.channelId === null ? null : named(entry.channelId, channelNames)
        })),
        files,
        attemptList: attempts,
        ledger,
        deliveries: sent,
        channelNames
      }
    },

    /** Cancels the given tasks; unknown and ended ones are left alone. Returns the ids of those it cancelled. */
    async cancelMany(key: Key, ids: readonly string[], by: By): Promise<string[]> {
      const open = (await details.tasksOf(ids)).filter(({ finishedAt }) => finishedAt === null)
      const cancelled: string[] = []
      for (const task of open) if (await cancelOne(key, task, by)) cancelled.push(task.id)
      return cancelled
    },

    /** Cancels the open tasks of a search, if they are as many as were seen. Throws conflict when they are not. */
    async cancelFound(key: Key, filter: TaskSearch, expected: number, by: By): Promise<string[]> {
      const open = (filter.states ?? ['waiting', 'running']).filter(state => state === 'waiting' || state === 'running')
      const states = { ...filter, states: open }
      const { count } = open.length ? await search.totals(states) : { count: 0 }
      if (count !== expected)
        throw new ApiError('conflict', {
          message: `expected_count is ${expected}, but ${count} tasks can be cancelled now. Look again, then repeat.`
        })
      if (count > MOST_AT_ONCE)
        throw new ApiError('invalid_request', {
          param: 'filter',
          message: `filter: at most ${MOST_AT_ONCE} tasks can be cancelled at once. Narrow the filter.`
        })
      const ids: string[] = []
      for await (const { task } of this.all({ ...states, sort: 'created', order: 'asc' })) ids.push(task.id)
      return this.cancelMany(key, ids, by)
    },

    /** Makes a task's request again, for the same key. Throws invalid_request when parts of it were not kept. */
    async rerun(id: string, by: By): Promise<Task> {
      const [task] = await details.tasksOf([id])
      if (!task || (task.deletedAt !== null && search.stateOf(task) !== 'refused'))
        throw new ApiError('video_not_found', { param: 'id' })
      const [asked, key] = await Promise.all([details.askedOf(id), keys.get(task.keyId)])
      if (!asked)
        throw new ApiError('invalid_request', {
          param: 'id',
          message: 'The request of this task was not kept, so it cannot be made again. Send a new request.'
        })
      const missing = missingFrom(asked)
      if (missing)
        throw new ApiError('invalid_request', {
          param: missing[0],
          message: `${missing[0]}: its bytes were not kept, so the request cannot be made again. Send a new request with them.`
        })
      if (!key || key.revokedAt !== null || key.disabled)
        throw new ApiError('invalid_request', {
          param: 'id',
          message: `The key ${key?.name ?? task.keyId} of this task is revoked or disabled.`
        })
      const made = await tasks.create(key, requestOf(asked), { warnings: [], retryCount: 0 })
      await audit.add(by, {
        action: 'task.create',
        target: { type: 'task', id: made.task.id, name: made.task.model },
        after: { key: key.id, rerun_of: id }
      })
      return made.task
    }
  }
}

export type AdminTasks = ReturnType<typeof createAdminTasks>

const named = (id: string, from: ReadonlyMap<string, string>): Named => ({ id, name: from.get(id) ?? id })
