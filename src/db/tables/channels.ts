import { sql } from 'drizzle-orm'
import type { Price } from '../../vendors/vendor.ts'
import type { Columns } from '../columns.ts'
import type { DurationPolicy, Candidate, ChannelHealth } from '../values.ts'

/** Accounts at vendors, and the models that they make. */
export function channelsTables({ table, text, int, json, bool, check }: Columns) {
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

  return { channels, models }
}

export type ChannelsTables = ReturnType<typeof channelsTables>
