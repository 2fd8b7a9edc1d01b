import { sql } from 'drizzle-orm'
import type { Failure, Price, Succeeded, VideoRequest, Warning } from '../../vendors/vendor.ts'
import type { Columns } from '../columns.ts'
import { endedState, taskDuration } from '../task-state.ts'
import { hasUnresolvedCode } from '../unresolved.ts'
import type { TaskStatus, Outcome, AskedFields, LoggedRequest, LoggedResponse, ExchangeStep } from '../values.ts'
import type { ChannelsTables } from './channels.ts'
import type { PeopleTables } from './people.ts'

/** Videos: what was asked for, every try, what vendors were sent. */
export function tasksTables(
  { table, text, int, json, bool, index, uniqueIndex, primaryKey, check }: Columns,
  { keys, channels }: Pick<ChannelsTables, 'channels'> & Pick<PeopleTables, 'keys'>
) {
  const tasks = table(
    'tasks',
    {
      id: text('id').primaryKey(),
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      /** the fanned-out task that this is a child of, for requests with n > 1 */
      parentId: text('parent_id'),
      model: text('model').notNull(),
      status: text('status').$type<TaskStatus>().notNull(),
      prompt: text('prompt').notNull(),
      /** the length that was sent, else the requested one */
      milliseconds: int('milliseconds'),
      /** as requested */
      size: text('size'),
      /** `WIDTHxHEIGHT`, as the request and the model's table lead to expect it */
      expectedSize: text('expected_size'),
      seed: int('seed'),
      n: int('n').notNull().default(1),
      user: text('user'),
      /** `metadata.group`: requests that are compared with each other */
      group: text('compare_group'),
      remixedFrom: text('remixed_from'),
      responseFormat: text('response_format'),
      callbackUrl: text('callback_url'),
      /** the front in whose words it is called, what it is told of, and the address of the server for links (domain/events.ts); null: ours */
      callbackFront: text('callback_front'),
      /** SHA-256 of the request's fields, for idempotency and reuse */
      fingerprint: text('fingerprint').notNull(),
      /** x-stainless-retry-count of the last call that this task answered */
      retryCount: int('retry_count').notNull().default(0),
      /** W3C trace context of the request that made it; null: not traced */
      traceparent: text('traceparent'),

      channelId: text('channel_id').references(() => channels.id),
      upstreamModel: text('upstream_model'),
      /** the current attempt: set before its bytes leave, and kept when it is accepted */
      attemptId: text('attempt_id'),
      /** the vendor's handle of the task, opaque; null until accepted */
      operation: json<unknown>('operation', 'any'),
      progress: int('progress').notNull().default(0),
      result: json<Succeeded>('result', 'object'),
      failure: json<Failure>('failure', 'object'),
      errorCode: text('error_code'),
      errorMessage: text('error_message'),
      /** the vendor's own code of the failure */
      vendorCode: text('vendor_code'),
      warnings: json<Warning[]>('warnings', 'list').notNull(),
      cancelRequested: bool('cancel_requested').notNull().default(false),

      /** micro-units of its hold; null: unpriced */
      price: int('price'),
      currency: text('currency'),
      prices: json<Price[]>('prices', 'list'),
      /** micro-units charged for it so far, corrections included; of a fanned-out task: for its child tasks */
      charged: int('charged').notNull().default(0),
      /** when an unknown outcome was decided */
      decidedAt: int('decided_at'),

      /** when its next step is due; null exactly when it has ended */
      dueAt: int('due_at'),
      leaseOwner: text('lease_owner'),
      leaseUntil: int('lease_until'),
      /** grows with every claim; a write with an older fence changes nothing */
      fence: int('fence').notNull().default(0),
      /** tries so far: submits that were rejected and queued again, or polls that failed in a row */
      tries: int('tries').notNull().default(0),
      /** leases in a row that expired without being released: their owners crashed or hung */
      crashCount: int('crash_count').notNull().default(0),
      deadlineAt: int('deadline_at').notNull(),
      /** order in the fair queue; null: not queued */
      queueTag: int('queue_tag'),
      /** whether it holds a slot of its key and of `channelId` */
      slot: bool('slot').notNull().default(false),

      createdAt: int('created_at').notNull(),
      startedAt: int('started_at'),
      finishedAt: int('finished_at'),
      expiresAt: int('expires_at'),
      deletedAt: int('deleted_at'),
      /** when the vendor is asked next about a task that has ended for its client only: its hold and slot stay until then; null: none of it is left */
      followUpAt: int('follow_up_at')
    },
    t => [
      index('tasks_due')
        .on(t.dueAt)
        .where(sql`${t.finishedAt} is null and ${t.queueTag} is null`),
      index('tasks_queue')
        .on(t.queueTag, t.id)
        .where(sql`${t.queueTag} is not null`),
      index('tasks_waiting')
        .on(t.model, t.queueTag, t.id)
        .where(sql`${t.queueTag} is not null`),
      index('tasks_waiting_by_key')
        .on(t.keyId, t.queueTag)
        .where(sql`${t.queueTag} is not null`),
      index('tasks_overdue')
        .on(t.deadlineAt)
        .where(sql`${t.queueTag} is not null`),
      index('tasks_cancel_requested')
        .on(t.id)
        .where(sql`${t.queueTag} is not null and ${t.cancelRequested}`),
      index('tasks_completed')
        .on(t.model, t.id)
        .where(sql`${t.status} = 'completed'`),
      index('tasks_by_key').on(t.keyId, t.id),
      // the lists of operators: open tasks are few, so only ended ones are in the larger indexes
      index('tasks_open')
        .on(t.id)
        .where(sql`${t.finishedAt} is null`),
      index('tasks_by_state')
        .on(endedState(t), t.id)
        .where(sql`${t.finishedAt} is not null and ${t.parentId} is null`),
      index('tasks_by_model')
        .on(t.model, t.id)
        .where(sql`${t.finishedAt} is not null`),
      index('tasks_by_channel')
        .on(t.channelId, t.id)
        .where(sql`${t.finishedAt} is not null`),
      index('tasks_by_user')
        .on(t.user, t.id)
        .where(sql`${t.user} is not null`),
      index('tasks_by_group')
        .on(t.group, t.id)
        .where(sql`${t.group} is not null`),
      index('tasks_by_error')
        .on(t.errorCode, t.id)
        .where(sql`${t.errorCode} is not null`),
      index('tasks_by_vendor_code')
        .on(t.vendorCode, t.id)
        .where(sql`${t.vendorCode} is not null`),
      index('tasks_by_charge')
        .on(t.charged, t.id)
        .where(sql`${t.finishedAt} is not null`),
      index('tasks_by_duration')
        .on(taskDuration(t), t.id)
        .where(sql`${t.finishedAt} is not null and ${t.startedAt} is not null`),
      // reports of a period read nothing else
      index('tasks_finished')
        .on(t.finishedAt, t.status, t.parentId, t.errorCode, t.deletedAt, t.startedAt, t.createdAt, t.n, t.milliseconds)
        .where(sql`${t.finishedAt} is not null`),
      index('tasks_children')
        .on(t.parentId)
        .where(sql`${t.parentId} is not null`),
      index('tasks_followed')
        .on(t.followUpAt)
        .where(sql`${t.followUpAt} is not null`),
      index('tasks_unresolved').on(t.finishedAt).where(hasUnresolvedCode(t.errorCode)),
      index('tasks_made')
        .on(t.keyId, t.fingerprint)
        .where(sql`${t.status} = 'completed' and ${t.seed} is not null`),
      check('tasks_ended', sql`(${t.finishedAt} is null) = (${t.status} in ('queued', 'in_progress'))`),
      check('tasks_ended_not_due', sql`${t.finishedAt} is null or (${t.dueAt} is null and ${t.queueTag} is null)`)
    ]
  )

  /** Requests with their images, which child tasks share; deleted when the task has ended. */
  const requests = table('requests', {
    taskId: text('task_id')
      .primaryKey()
      .references(() => tasks.id),
    video: json<VideoRequest>('video', 'object').notNull(),
    /** about its size */
    bytes: int('bytes').notNull().default(0),
    /** of each image how many rows of `request_images` it is; 0: it is in `video`; null: all are */
    pieces: json<number[]>('image_pieces', 'list')
  })

  /** Large images of requests, cut into pieces: one piece takes a commit of some milliseconds, an image of 20 MB would hold up everybody else. */
  const requestImages = table(
    'request_images',
    {
      /** of a request, which is written last: without one, a crash left these */
      taskId: text('task_id').notNull(),
      image: int('image').notNull(),
      piece: int('piece').notNull(),
      text: text('text').notNull()
    },
    t => [primaryKey({ columns: [t.taskId, t.image, t.piece] })]
  )

  /** What clients asked for; it outlives `requests`. */
  const asked = table('asked', {
    taskId: text('task_id')
      .primaryKey()
      .references(() => tasks.id),
    request: json<AskedFields>('request', 'object').notNull()
  })

  const attempts = table(
    'attempts',
    {
      id: text('id').primaryKey(),
      taskId: text('task_id')
        .notNull()
        .references(() => tasks.id),
      channelId: text('channel_id')
        .notNull()
        .references(() => channels.id),
      upstreamModel: text('upstream_model').notNull(),
      /** our id at the vendor; a resubmit keeps the reference of the attempt that the vendor did not have */
      reference: text('reference').notNull(),
      outcome: text('outcome').$type<Outcome>(),
      upstreamId: text('upstream_id'),
      failure: json<Failure>('failure', 'object'),
      cost: json<{ amount: number; currency: string }>('cost', 'object'),
      startedAt: int('started_at').notNull(),
      endedAt: int('ended_at')
    },
    t => [
      index('attempts_by_task').on(t.taskId),
      uniqueIndex('attempts_upstream')
        .on(t.channelId, t.upstreamId)
        .where(sql`${t.upstreamId} is not null`)
    ]
  )

  /** The exchange log: what was sent to vendors and what they answered. Ids sort by time, and old rows are deleted. */
  const exchanges = table(
    'exchanges',
    {
      id: text('id').primaryKey(),
      taskId: text('task_id').notNull(),
      attemptId: text('attempt_id'),
      step: text('step').$type<ExchangeStep>().notNull(),
      request: json<LoggedRequest>('request', 'object').notNull(),
      response: json<LoggedResponse>('response', 'object'),
      /** why there is no answer */
      error: text('error'),
      /** whether a body was longer than what is stored */
      truncated: bool('truncated').notNull().default(false),
      startedAt: int('started_at').notNull(),
      milliseconds: int('milliseconds').notNull(),
      /** polls of an attempt are one entry, the last of this many */
      count: int('count').notNull().default(1),
      /** when the first of them began */
      firstAt: int('first_at').notNull()
    },
    t => [index('exchanges_by_task').on(t.taskId, t.id)]
  )

  const idempotency = table(
    'idempotency',
    {
      keyId: text('key_id').notNull(),
      idempotencyKey: text('idempotency_key').notNull(),
      fingerprint: text('fingerprint').notNull(),
      taskId: text('task_id').notNull(),
      createdAt: int('created_at').notNull()
    },
    t => [primaryKey({ columns: [t.keyId, t.idempotencyKey] }), index('idempotency_age').on(t.createdAt)]
  )

  return { tasks, requests, requestImages, asked, attempts, exchanges, idempotency }
}

export type TasksTables = ReturnType<typeof tasksTables>
