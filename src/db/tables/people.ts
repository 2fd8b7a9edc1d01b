import { sql } from 'drizzle-orm'
import type { Columns } from '../columns.ts'
import type { Role, UserRole, Scope, ActorKind, Via, KeyDialect, DurationPolicy, Budget } from '../values.ts'

/** Who uses the gateway, and every change by them. */
export function peopleTables({ table, text, int, json, bool, index, uniqueIndex, check }: Columns) {
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

  return { users, keys, sessions, audit }
}

export type PeopleTables = ReturnType<typeof peopleTables>
