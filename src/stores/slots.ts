import { and, eq, gt, isNull, lt, lte, or, sql } from 'drizzle-orm'
import type { Channel, Database, Db } from '../db/index.ts'
import { statement } from '../db/statement.ts'

const { placeholder } = sql
const MINUTE = 60_000
// longer than a submit waits for its answer: until then the trial submit is the only one
const PROBE = 60_000

/** The part of a route that decides which channel's slot it takes. */
export interface SlotRoute {
  channel: Pick<Channel, 'id'>
  upstreamModel: string
}

/** Slots of keys and channels: counters, changed in the transaction that takes or frees them, so that limits are exact across nodes. */
export function createSlotStore({ db, keys, channels }: Database) {
  const keyIsFree = and(
    eq(keys.id, placeholder('id')),
    or(isNull(keys.maxConcurrency), lt(keys.inFlight, keys.maxConcurrency))
  )
  const findOfKey = statement('find_key_slot', on => on.select({ id: keys.id }).from(keys).where(keyIsFree))
  const takeOfKey = statement('take_key_slot', on =>
    on
      .update(keys)
      .set({ inFlight: sql`${keys.inFlight} + 1` })
      .where(keyIsFree)
      .returning({ id: keys.id })
  )
  const freeOfKey = statement('free_key_slot', on =>
    on
      .update(keys)
      .set({ inFlight: sql`${keys.inFlight} - 1` })
      .where(and(eq(keys.id, placeholder('id')), gt(keys.inFlight, 0)))
  )
  const occupyOfKey = statement<unknown>('occupy_key_slot', on =>
    on
      .update(keys)
      .set({ inFlight: sql`${keys.inFlight} + 1` })
      .where(eq(keys.id, placeholder('id')))
  )
  const occupyOfChannel = statement<unknown>('occupy_channel_slot', on =>
    on
      .update(channels)
      .set({ inFlight: sql`${channels.inFlight} + 1` })
      .where(eq(channels.id, placeholder('id')))
  )
  const limit = sql`coalesce(${channels.learnedLimit}, ${channels.maxConcurrency})`
  const channelIsFree = and(
    eq(channels.disabled, false),
    isNull(channels.deletedAt),
    or(sql`${limit} is null`, sql`${channels.inFlight} < ${limit}`),
    lte(channels.nextSubmitAt, placeholder('now')),
    or(isNull(channels.probeAt), lte(channels.probeAt, placeholder('now')))
  )
  const findOfChannels = statement('find_channel_slots', on =>
    on.select({ id: channels.id }).from(channels).where(channelIsFree)
  )
  const takeOfChannel = statement('take_channel_slot', on =>
    on
      .update(channels)
      .set({
        inFlight: sql`${channels.inFlight} + 1`,
        nextSubmitAt: sql`case when ${channels.submitsPerMinute} is null then ${channels.nextSubmitAt} else ${placeholder('now')} + ${MINUTE} / ${channels.submitsPerMinute} end`,
        probeAt: sql`case when ${channels.probeAt} is null then ${channels.probeAt} else ${placeholder('nextProbe')} end`
      })
      .where(and(eq(channels.id, placeholder('id')), channelIsFree))
      .returning({ id: channels.id })
  )
  const freeOfChannel = statement('free_channel_slot', on =>
    on
      .update(channels)
      .set({ inFlight: sql`${channels.inFlight} - 1` })
      .where(and(eq(channels.id, placeholder('id')), gt(channels.inFlight, 0)))
  )

  return {
    /** Returns which slot is missing; null: both may be free. Needs no transaction, because a gateway without free slots checks all the time. */
    async missing(
      keyId: string,
      routes: readonly SlotRoute[],
      now: number
    ): Promise<'no key slot' | 'no channel slot' | null> {
      const found = await findOfChannels(db, { now })
      if (!found.some(({ id }) => routes.some(({ channel }) => channel.id === id))) return 'no channel slot'
      return (await findOfKey(db, { id: keyId })).length ? null : 'no key slot'
    },

    /** Takes a slot of the key and of the first channel that has one; returns its route, or which slot is missing. */
    async take(
      tx: Db,
      keyId: string,
      routes: readonly SlotRoute[],
      now: number
    ): Promise<SlotRoute | 'no key slot' | 'no channel slot'> {
      if (routes.length === 0) return 'no channel slot'
      if ((await takeOfKey(tx, { id: keyId })).length === 0) return 'no key slot'
      for (const route of routes)
        if ((await takeOfChannel(tx, { id: route.channel.id, now, nextProbe: now + PROBE })).length) return route
      await freeOfKey(tx, { id: keyId })
      return 'no channel slot'
    },

    /** Takes slots for a task that already runs at the vendor, even beyond the limits. */
    async occupy(tx: Db, keyId: string, channelId: string): Promise<void> {
      await occupyOfKey(tx, { id: keyId })
      await occupyOfChannel(tx, { id: channelId })
    },

    /** Frees a slot of the key and of the channel. */
    async free(tx: Db, keyId: string, channelId: string): Promise<void> {
      await freeOfKey(tx, { id: keyId })
      await freeOfChannel(tx, { id: channelId })
    }
  }
}

export type SlotStore = ReturnType<typeof createSlotStore>
