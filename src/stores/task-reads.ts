import { and, asc, desc, eq, gt, isNotNull, isNull, lt, ne, sql, type SQL } from 'drizzle-orm'
import type { Attempt, Database, Db, Event, Task, TaskStatus } from '../db/index.ts'
import { rowReader } from '../db/row-reader.ts'
import { fixed, statement } from '../db/statement.ts'

const { placeholder } = sql

export interface TaskFilter {
  keyId?: string
  /** `refused`: no vendor accepted it, whether it is listed as failed or its refusal was the answer to the POST */
  status?: TaskStatus | 'refused'
  model?: string
  channelId?: string
  after?: string
  limit: number
  order: 'asc' | 'desc'
}

/** Reads of tasks, their attempts and events. */
export function createTaskReads(database: Database) {
  const { db, quick, kind, tasks, attempts, events } = database
  const selectTask = statement('select_task', on =>
    on
      .select()
      .from(tasks)
      .where(eq(tasks.id, placeholder('id')))
  )
  const readTask = rowReader(database, tasks)
  const selectOn = (on: Db, id: string): Promise<Task | undefined> => selectTask(on, { id }).then(([task]) => task)
  const selectTaken = statement('is_taken', on =>
    on
      .select({ id: attempts.id })
      .from(attempts)
      .where(
        and(
          eq(attempts.channelId, placeholder('channelId')),
          eq(attempts.upstreamId, placeholder('upstreamId')),
          ne(attempts.id, placeholder('except'))
        )
      )
      .limit(fixed(1))
  )
  const selectAttempts = statement('attempts_of', on =>
    on
      .select()
      .from(attempts)
      .where(eq(attempts.taskId, placeholder('taskId')))
      .orderBy(asc(attempts.id))
  )
  const selectChildren = statement('children_of', on =>
    on
      .select()
      .from(tasks)
      .where(eq(tasks.parentId, placeholder('id')))
      .orderBy(asc(tasks.id))
  )

  const selectEvents = statement('events_of', on =>
    on
      .select()
      .from(events)
      .where(eq(events.taskId, placeholder('taskId')))
      .orderBy(asc(events.id))
  )
  // one value however many they are: it is asked each second, and built once
  const among =
    kind === 'sqlite'
      ? sql`${tasks.id} in (select value from json_each(${placeholder('ids')}))`
      : sql`${tasks.id} = any(${placeholder('ids')})`
  const selectMarks = statement('task_marks', on =>
    on.select({ id: tasks.id, status: tasks.status, deletedAt: tasks.deletedAt }).from(tasks).where(among)
  )

  return {
    async get(id: string): Promise<Task | undefined> {
      return kind === 'sqlite' && readTask ? readTask(id) : selectOn(db, id)
    },

    /** The same, for polls; synchronous on SQLite. */
    look: readTask ?? ((id: string) => selectOn(quick, id)),

    /** Returns texts that are others once the tasks have another status, or are deleted. */
    async marks(ids: readonly string[]): Promise<{ id: string; mark: string }[]> {
      const rows = await selectMarks(db, { ids: kind === 'sqlite' ? JSON.stringify(ids) : [...ids] })
      return rows.map(({ id, status, deletedAt }) => ({ id, mark: `${status} ${deletedAt}` }))
    },

    /** Returns a page of tasks in the order of `order`, without child tasks, and without deleted ones unless they were refused; `after` is an id. */
    async list({ keyId, status, model, channelId, after, limit, order }: TaskFilter): Promise<Task[]> {
      const where: (SQL | undefined)[] = [
        status === 'refused' ? wasRefused(tasks) : isNull(tasks.deletedAt),
        isNull(tasks.parentId),
        keyId === undefined ? undefined : eq(tasks.keyId, keyId),
        status === undefined || status === 'refused' ? undefined : eq(tasks.status, status),
        model === undefined ? undefined : eq(tasks.model, model),
        channelId === undefined ? undefined : eq(tasks.channelId, channelId),
        after === undefined ? undefined : order === 'desc' ? lt(tasks.id, after) : gt(tasks.id, after)
      ]
      return db
        .select()
        .from(tasks)
        .where(and(...where))
        .orderBy(order === 'desc' ? desc(tasks.id) : asc(tasks.id))
        .limit(limit)
    },

    /** Whether the vendor's task already belongs to another attempt on this channel. */
    async isTaken(channelId: string, upstreamId: string, exceptAttempt: string): Promise<boolean> {
      return (await selectTaken(db, { channelId, upstreamId, except: exceptAttempt })).length > 0
    },

    async attempt(id: string): Promise<Attempt | undefined> {
      const [attempt] = await db.select().from(attempts).where(eq(attempts.id, id))
      return attempt
    },

    attemptsOf: (taskId: string): Promise<Attempt[]> => selectAttempts(db, { taskId }),

    /** Returns the child tasks of a fanned-out task, in order. */
    childrenOf: (id: string): Promise<Task[]> => selectChildren(db, { id }),

    /** Returns the durations of a model's last completed tasks in seconds, newest first. */
    async recentDurations(model: string, limit = 50): Promise<number[]> {
      const rows = await db
        .select({ startedAt: tasks.startedAt, finishedAt: tasks.finishedAt })
        .from(tasks)
        // a literal: with a parameter the partial index would not be used
        .where(and(eq(tasks.model, model), sql`${tasks.status} = 'completed'`))
        .orderBy(desc(tasks.id))
        .limit(limit)
      return rows.map(({ startedAt, finishedAt }) => ((finishedAt ?? 0) - (startedAt ?? 0)) / 1000)
    },

    /** Returns the models that tasks wait for, and since when (milliseconds). */
    async waitingModels(): Promise<{ model: string; count: number; since: number }[]> {
      const rows = await db
        .select({ model: tasks.model, count: sql<number>`count(*)`, since: sql<number>`min(${tasks.createdAt})` })
        .from(tasks)
        .where(sql`${tasks.queueTag} is not null`)
        .groupBy(tasks.model)
      return rows.map(({ model, count, since }) => ({ model, count: Number(count), since: Number(since) }))
    },

    /** Returns the events of a task, in order. */
    async eventsOf(taskId: string): Promise<Event[]> {
      return selectEvents(db, { taskId })
    }
  }
}

/** Whether no vendor accepted a task: it failed at submit. */
export const wasRefused = ({ status, startedAt, failure }: Database['tasks']) =>
  and(eq(status, 'failed'), isNull(startedAt), isNotNull(failure))
