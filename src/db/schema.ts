import { sql, type SQLWrapper } from 'drizzle-orm'
import type { Failure, ImageRole, Price, Succeeded, VideoRequest, Warning } from '../vendors/vendor.ts'
import type { Columns } from './columns.ts'
import { endedState, taskDuration } from './task-state.ts'
import { hasUnresolvedCode } from './unresolved.ts'

/* Every table, in one file because they refer to each other. Times are milliseconds, money is micro-units, ids are text that sorts by time. */

export type Role = 'member' | 'admin'
/** The role of a person who signs in to the console; what each may do: domain/permissions.ts */
export type UserRole = 'owner' | 'operator' | 'viewer'
/** What an admin key is restricted to; which permissions each has: domain/permissions.ts */
export type Scope =
  | 'admin:keys'
  | 'admin:channels'
  | 'admin:models'
  | 'admin:tasks'
  | 'admin:webhooks'
  | 'admin:users'
  | 'admin:settings'
  | 'admin:audit'
  | 'usage:read'
  | 'tasks:read'
  | 'metrics:read'
export type ActorKind = 'user' | 'key' | 'cli' | 'file' | 'system'
/** How a change was made */
export type Via = 'console' | 'api' | 'cli' | 'file' | 'sso'
/** What the configuration file can own */
export type ManagedKind = 'channel' | 'model' | 'key' | 'webhook_endpoint' | 'setting'
export type Dialect = 'auto' | 'openai' | 'unified'
/** `newapi`: `GET /v1/video/generations/{id}` answers in new-api's envelope, everything else as `auto` */
export type KeyDialect = Dialect | 'newapi'
/** what becomes of a duration that a model cannot make: the nearest that it can, the next longer one, or an error */
export type DurationPolicy = 'nearest' | 'up' | 'refuse'
export type Window = 'total' | 'daily' | 'weekly' | 'monthly'
export type TaskStatus = 'queued' | 'in_progress' | 'completed' | 'failed'
/** null while in flight; `unknown`: bytes left, but no usable answer came; `absent`: a lookup showed that the vendor does not have it */
export type Outcome = 'accepted' | 'rejected' | 'not_sent' | 'unknown' | 'absent'
export type LedgerKind = 'hold' | 'capture' | 'release' | 'adjust'

export interface Budget {
  amount: string
  currency: string
  window: Window
  timezone: string
}

export interface Candidate {
  channel: string
  upstream_model: string
  priority: number
  weight: number
}

/** The health of a channel, stored so that it survives a restart. */
export interface ChannelHealth {
  state: 'ok' | 'cooling' | 'disabled'
  /** why it is not ok */
  reason?: string
  since?: number
  failures?: number
  /** no submits before this */
  until?: number
}

/** Whether a file could not be archived, with literals: with parameters the partial index would not be used. */
export const isTroubled = ({ state, tries }: Record<'state' | 'tries', SQLWrapper>) =>
  sql`${state} in ('pending', 'lost') and ${tries} > 0`

/** Whether a delivery waits or was given up, with literals as above. */
export const isUndelivered = ({ status }: Record<'status', SQLWrapper>) => sql`${status} <> 'delivered'`

/** What a client asked for, without the bytes of its images; kept as long as its task. */
export interface AskedFields {
  /** every field of the request but its images; a long binary value is replaced by its size and hash */
  fields: Record<string, unknown>
  images: AskedImage[]
}

/** `bytes`, `sha256` and `type` are null, and `url` is set, when the client sent a link. */
export interface AskedImage {
  role: ImageRole
  type: string | null
  bytes: number | null
  sha256: string | null
  url: string | null
}

/** One request to a vendor and its answer, as the exchange log stores it: credentials masked, images left out. */
export interface LoggedRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: unknown
}
export interface LoggedResponse {
  status: number
  headers: Record<string, string>
  body: unknown
}
export type ExchangeStep = 'submit' | 'poll' | 'lookup' | 'cancel' | 'download' | 'upload'

/** One try to deliver a webhook. */
export interface DeliveryAttempt {
  /** when it began, in milliseconds */
  at: number
  /** null: no answer */
  status: number | null
  /** null: it was delivered */
  error: string | null
  ms: number
}

/** Returns every table in the dialect of the given column types. */
export function defineTables({ table, text, int, json, bool, index, uniqueIndex, primaryKey, check }: Columns) {
  /** People who sign in to the console. A deleted one keeps its row: the audit and old videos name it. */
  const users = table(
    'users',
    {
      id: text('id').primaryKey(),
      name: text('name').notNull(),
      /** the name in lower case, to sign in with; null: signs in by e-mail or at the identity provider only */
      login: text('login'),
      /** in lower case */
      email: text('email'),
      role: text('role').$type<UserRole>().notNull(),
      /** argon2id in PHC format; null: no password */
      password: text('password'),
      /** SHA-256 of the token of an invitation or a password reset, hex */
      inviteHash: text('invite_hash'),
      inviteExpiresAt: int('invite_expires_at'),
      /** the issuer and the subject at the identity provider (OIDC), separated by a space */
      subject: text('subject'),
      disabled: bool('disabled').notNull().default(false),
      lastSeenAt: int('last_seen_at'),
      createdAt: int('created_at').notNull(),
      deletedAt: int('deleted_at')
    },
    t => [
      uniqueIndex('users_login')
        .on(t.login)
        .where(sql`${t.deletedAt} is null`),
      uniqueIndex('users_email')
        .on(t.email)
        .where(sql`${t.deletedAt} is null`),
      uniqueIndex('users_subject')
        .on(t.subject)
        .where(sql`${t.deletedAt} is null`),
      uniqueIndex('users_invite').on(t.inviteHash)
    ]
  )

  const keys = table(
    'keys',
    {
      id: text('id').primaryKey(),
      name: text('name').notNull(),
      role: text('role').$type<Role>().notNull(),
      /** what an admin key is restricted to; null: nothing */
      scopes: json<Scope[]>('scopes', 'list'),
      /** set on the key that a user's own videos belong to: it has no secret, and is not listed */
      userId: text('user_id').references(() => users.id),
      owner: text('owner'),
      /** HMAC-SHA256 of the secret under a key derived from SECRET_KEY, hex */
      hash: text('hash').notNull().unique(),
      /** the first characters of the secret, to tell keys apart */
      hint: text('hint').notNull(),
      /** encrypted; signs events to a request's callback_url; derived from the secret */
      callbackSecret: text('callback_secret'),
      /** the secret before the last rotation, which stays valid until then */
      oldHash: text('old_hash'),
      oldCallbackSecret: text('old_callback_secret'),
      oldExpiresAt: int('old_expires_at'),
      oldLastUsedAt: int('old_last_used_at'),
      models: json<string[]>('models', 'list'),
      ipAllowlist: json<string[]>('ip_allowlist', 'list'),
      expiresAt: int('expires_at'),
      requestsPerMinute: int('requests_per_minute'),
      maxConcurrency: int('max_concurrency'),
      maxQueued: int('max_queued'),
      budget: json<Budget>('budget', 'object'),
      dialect: text('dialect').$type<KeyDialect>().notNull().default('auto'),
      /** null: the model's policy applies, else the channel's */
      durationPolicy: text('duration_policy').$type<DurationPolicy>(),
      disabled: bool('disabled').notNull().default(false),
      revokedAt: int('revoked_at'),
      lastUsedAt: int('last_used_at'),
      lastUsedIp: text('last_used_ip'),
      /** tasks of this key that hold a slot; changed in the claiming transaction */
      inFlight: int('in_flight').notNull().default(0),
      /** virtual time of the last task it queued: fairness between keys */
      queueTag: int('queue_tag').notNull().default(0),
      createdAt: int('created_at').notNull()
    },
    t => [uniqueIndex('keys_old_hash').on(t.oldHash), uniqueIndex('keys_of_user').on(t.userId)]
  )

  /** Console sessions: of a user, or of a key that signed in. */
  const sessions = table(
    'sessions',
    {
      id: text('id').primaryKey(),
      /** SHA-256 of the token in the cookie, hex */
      tokenHash: text('token_hash').notNull().unique(),
      userId: text('user_id').references(() => users.id),
      keyId: text('key_id').references(() => keys.id),
      /** the hash of the secret that signed in: the session ends with that secret */
      keyHash: text('key_hash'),
      /** where it was last used from */
      ip: text('ip'),
      /** User-Agent of the sign-in */
      agent: text('agent'),
      createdAt: int('created_at').notNull(),
      lastSeenAt: int('last_seen_at').notNull(),
      expiresAt: int('expires_at').notNull()
    },
    t => [
      index('sessions_by_user').on(t.userId, t.id),
      index('sessions_expiry').on(t.expiresAt),
      check('sessions_whose', sql`(${t.userId} is null) <> (${t.keyId} is null)`)
    ]
  )

  /** Append-only: every change by an operator. Names are those of its time. */
  const audit = table(
    'audit',
    {
      id: text('id').primaryKey(),
      actorKind: text('actor_kind').$type<ActorKind>().notNull(),
      actorId: text('actor_id'),
      actorName: text('actor_name'),
      via: text('via').$type<Via>().notNull(),
      ip: text('ip'),
      /** e.g. `key.create` */
      action: text('action').notNull(),
      targetType: text('target_type').notNull(),
      targetId: text('target_id'),
      targetName: text('target_name'),
      /** the fields that changed, secrets masked; null: did not exist */
      before: json<Record<string, unknown>>('before', 'object'),
      after: json<Record<string, unknown>>('after', 'object'),
      requestId: text('request_id'),
      createdAt: int('created_at').notNull()
    },
    t => [
      index('audit_by_actor').on(t.actorId, t.id),
      index('audit_by_actor_name').on(t.actorName, t.id),
      index('audit_by_action').on(t.action, t.id),
      index('audit_by_type').on(t.targetType, t.id),
      index('audit_by_target').on(t.targetId, t.id)
    ]
  )

  const channels = table(
    'channels',
    {
      id: text('id').primaryKey(),
      name: text('name').notNull().unique(),
      vendor: text('vendor').notNull(),
      baseUrl: text('base_url').notNull(),
      /** encrypted with AES-256-GCM, bound to this row and column */
      credential: text('credential').notNull(),
      options: json<Record<string, unknown>>('options', 'record').notNull(),
      /** public name → vendor's name */
      models: json<Record<string, string>>('models', 'record').notNull(),
      maxConcurrency: int('max_concurrency'),
      submitsPerMinute: int('submits_per_minute'),
      priority: int('priority').notNull().default(0),
      weight: int('weight').notNull().default(1),
      disabled: bool('disabled').notNull().default(false),
      /** managed by the gateway itself: the sandbox */
      builtIn: bool('built_in').notNull().default(false),
      health: json<ChannelHealth>('health', 'record').notNull(),
      /** slots taken; changed in the claiming transaction, never above the limit */
      inFlight: int('in_flight').notNull().default(0),
      /** the limit learned from the vendor's rejections; null: max_concurrency applies */
      learnedLimit: int('learned_limit'),
      /** earliest next submit, for submits_per_minute */
      nextSubmitAt: int('next_submit_at').notNull().default(0),
      /** while submits fail: one trial submit at a time, not before this, until one is accepted; null: as many as there are slots */
      probeAt: int('probe_at'),
      createdAt: int('created_at').notNull(),
      deletedAt: int('deleted_at')
    },
    t => [check('channels_slots', sql`${t.inFlight} >= 0`)]
  )

  const models = table('models', {
    name: text('name').primaryKey(),
    /** null: every channel that maps this name */
    candidates: json<Candidate[]>('candidates', 'list'),
    prices: json<Price[]>('prices', 'list').notNull(),
    retryFailed: bool('retry_failed').notNull().default(false),
    /** for keys without a policy of their own; null: the channel's applies */
    durationPolicy: text('duration_policy').$type<DurationPolicy>(),
    disabled: bool('disabled').notNull().default(false),
    createdAt: int('created_at').notNull()
  })

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
    bytes: int('bytes').notNull().default(0)
  })

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

  /** Append-only; each row moves an amount from one account to another, so the sum is always zero. */
  const ledger = table(
    'ledger',
    {
      id: text('id').primaryKey(),
      taskId: text('task_id').references(() => tasks.id),
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      kind: text('kind').$type<LedgerKind>().notNull(),
      fromAccount: text('from_account').notNull(),
      toAccount: text('to_account').notNull(),
      amount: int('amount').notNull(),
      currency: text('currency').notNull(),
      /** the row of `spend` that it counts in; a capture or release counts in the same one as its hold */
      windowStart: int('window_start').notNull().default(0),
      reason: text('reason'),
      createdAt: int('created_at').notNull()
    },
    t => [
      uniqueIndex('ledger_once')
        .on(t.taskId, t.kind)
        .where(sql`${t.kind} <> 'adjust'`),
      index('ledger_by_key').on(t.keyId, t.id),
      index('ledger_adjusted')
        .on(t.taskId, t.id)
        .where(sql`${t.kind} = 'adjust'`),
      check('ledger_amount', sql`${t.amount} >= 0`)
    ]
  )

  /** What a key has spent and held in one window of its budget; changed in the ledger's transactions. */
  const spend = table(
    'spend',
    {
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      currency: text('currency').notNull(),
      /** start of the window; 0 for the total */
      windowStart: int('window_start').notNull(),
      held: int('held').notNull().default(0),
      spent: int('spent').notNull().default(0),
      /** carried over: committed in this window before the budget applied; counts against the budget */
      carriedOver: int('carried_over').notNull().default(0),
      /** highest threshold (percent) announced in this window */
      announced: int('announced').notNull().default(0)
    },
    t => [primaryKey({ columns: [t.keyId, t.currency, t.windowStart] }), check('spend_held', sql`${t.held} >= 0`)]
  )

  /** The outbox: events, written in the transaction of the change. */
  const events = table(
    'events',
    {
      id: text('id').primaryKey(),
      type: text('type').notNull(),
      taskId: text('task_id'),
      keyId: text('key_id'),
      data: json<Record<string, unknown>>('data', 'record').notNull(),
      /** its deliveries are not written yet */
      pending: bool('pending').notNull().default(true),
      createdAt: int('created_at').notNull()
    },
    t => [
      index('events_by_task').on(t.taskId, t.id),
      index('events_pending')
        .on(t.id)
        .where(sql`${t.pending}`)
    ]
  )

  const endpoints = table(
    'endpoints',
    {
      id: text('id').primaryKey(),
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      url: text('url').notNull(),
      name: text('name'),
      /** encrypted signing secrets, newest first; an older one also signs until it expires */
      secrets: json<{ cipher: string; until: number | null }[]>('secrets', 'list').notNull(),
      events: json<string[]>('events', 'list').notNull(),
      disabled: bool('disabled').notNull().default(false),
      disabledReason: text('disabled_reason'),
      /** the first failure since the last success; null: not failing */
      failingSince: int('failing_since'),
      createdAt: int('created_at').notNull(),
      updatedAt: int('updated_at').notNull().default(0),
      deletedAt: int('deleted_at')
    },
    t => [index('endpoints_by_key').on(t.keyId, t.id)]
  )

  const deliveries = table(
    'deliveries',
    {
      id: text('id').primaryKey(),
      eventId: text('event_id')
        .notNull()
        .references(() => events.id),
      endpointId: text('endpoint_id'),
      taskId: text('task_id'),
      /** its deliveries in flight are limited together: `key/endpoint`, or `key/origin` for a callback_url */
      partition: text('partition_key').notNull().default(''),
      url: text('url').notNull(),
      status: text('status').$type<'pending' | 'delivered' | 'failed'>().notNull(),
      tries: int('tries').notNull().default(0),
      /** the last twenty, oldest first, also those before it was delivered again */
      attempts: json<DeliveryAttempt[]>('attempts', 'list')
        .notNull()
        .default(sql`'[]'`),
      responseStatus: int('response_status'),
      /** the beginning of the last answer's body */
      responseBody: text('response_body'),
      error: text('error'),
      /** when the next attempt is due; null exactly when it is not pending */
      dueAt: int('due_at'),
      /** claimed until then; an outcome is written only while the claim's lease is unchanged */
      leaseUntil: int('lease_until'),
      giveUpAt: int('give_up_at').notNull().default(0),
      createdAt: int('created_at').notNull(),
      deliveredAt: int('delivered_at')
    },
    t => [
      index('deliveries_due')
        .on(t.dueAt, t.partition)
        .where(sql`${t.dueAt} is not null`),
      index('deliveries_by_task').on(t.taskId),
      index('deliveries_by_endpoint').on(t.endpointId, t.id),
      // lists of what was not delivered
      index('deliveries_undelivered').on(t.status, t.id).where(isUndelivered(t)),
      uniqueIndex('deliveries_once').on(t.eventId, t.partition)
    ]
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

  /** Files in the archive. */
  const assets = table(
    'assets',
    {
      id: text('id').primaryKey(),
      taskId: text('task_id')
        .notNull()
        .references(() => tasks.id),
      /** which of the task's videos, from 0 */
      number: int('number').notNull(),
      variant: text('variant').notNull(),
      state: text('state').$type<'pending' | 'archived' | 'lost' | 'deleted'>().notNull(),
      location: text('location'),
      bytes: int('bytes'),
      sha256: text('sha256'),
      contentType: text('content_type'),
      tries: int('tries').notNull().default(0),
      error: text('error'),
      dueAt: int('due_at'),
      leaseUntil: int('lease_until'),
      createdAt: int('created_at').notNull()
    },
    t => [
      uniqueIndex('assets_once').on(t.taskId, t.number, t.variant),
      index('assets_due')
        .on(t.dueAt)
        .where(sql`${t.dueAt} is not null`),
      index('assets_troubled').on(t.state).where(isTroubled(t))
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

  /** What the configuration file owns: only the file changes it. */
  const managed = table(
    'managed',
    {
      kind: text('kind').$type<ManagedKind>().notNull(),
      /** of a model or a setting: its name */
      id: text('id').notNull(),
      file: text('file').notNull(),
      /** where it begins */
      line: int('line').notNull()
    },
    t => [primaryKey({ columns: [t.kind, t.id] })]
  )

  /** Named values of this installation: the canary of SECRET_KEY, the queue's clock. */
  const meta = table('meta', { name: text('name').primaryKey(), value: text('value').notNull() })

  return {
    users,
    keys,
    sessions,
    audit,
    channels,
    models,
    tasks,
    requests,
    asked,
    attempts,
    ledger,
    spend,
    events,
    endpoints,
    deliveries,
    idempotency,
    assets,
    exchanges,
    managed,
    meta
  }
}

export type Tables = ReturnType<typeof defineTables>
export type User = Tables['users']['$inferSelect']
export type Key = Tables['keys']['$inferSelect']
export type Session = Tables['sessions']['$inferSelect']
export type AuditRow = Tables['audit']['$inferSelect']
export type Channel = Tables['channels']['$inferSelect']
export type Model = Tables['models']['$inferSelect']
export type Task = Tables['tasks']['$inferSelect']
export type Attempt = Tables['attempts']['$inferSelect']
export type LedgerEntry = Tables['ledger']['$inferSelect']
export type Event = Tables['events']['$inferSelect']
export type Asset = Tables['assets']['$inferSelect']
export type ExchangeRow = Tables['exchanges']['$inferSelect']
export type ManagedRow = Tables['managed']['$inferSelect']
export type Endpoint = Tables['endpoints']['$inferSelect']
export type Delivery = Tables['deliveries']['$inferSelect']
