import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Channel, Database, Db, Model } from '../db/index.ts'
import { statement } from '../db/statement.ts'
import { newId } from '../lib/ids.ts'

/** Channels: accounts at vendors. */
export function createChannelStore({ db, channels, events, transaction, forUpdate }: Database) {
  const select = statement('select_channel', on =>
    on
      .select()
      .from(channels)
      .where(eq(channels.id, sql.placeholder('id')))
  )
  const selectAll = statement('list_channels', on =>
    on.select().from(channels).where(isNull(channels.deletedAt)).orderBy(asc(channels.id))
  )

  return {
    async insert(channel: Channel, on: Db = db): Promise<void> {
      await on.insert(channels).values(channel)
    },

    /** Returns a channel, even a deleted one: its tasks still need it. */
    async get(id: string): Promise<Channel | undefined> {
      const [channel] = await select(db, { id })
      return channel
    },

    /** Returns a channel that is not deleted, and locks it until the transaction ends. */
    async lock(id: string, tx: Db): Promise<Channel | undefined> {
      const [channel] = await tx
        .select()
        .from(channels)
        .where(sql`${and(eq(channels.id, id), isNull(channels.deletedAt))}${forUpdate}`)
      return channel
    },

    async byName(name: string, on: Db = db): Promise<Channel | undefined> {
      const [channel] = await on.select().from(channels).where(eq(channels.name, name))
      return channel
    },

    /** Returns the channels that are not deleted, oldest first. */
    list: (): Promise<Channel[]> => selectAll(db, {}),

    /** Writes a channel's health and, in the same transaction, the event that announces it. */
    async setHealth(
      id: string,
      set: Partial<Channel>,
      announce: { type: string; reason: string | null } | undefined,
      now: number
    ): Promise<void> {
      await transaction(async tx => {
        await tx.update(channels).set(set).where(eq(channels.id, id))
        if (announce)
          await tx.insert(events).values({
            id: newId('evt', now),
            type: announce.type,
            taskId: null,
            keyId: null,
            data: { id, reason: announce.reason },
            createdAt: now
          })
      })
    },

    async rename(id: string, name: string, on: Db = db): Promise<void> {
      await on.update(channels).set({ name }).where(eq(channels.id, id))
    },

    async update(id: string, set: Partial<Channel>, on: Db = db): Promise<Channel | undefined> {
      const [channel] = await on
        .update(channels)
        .set(set)
        .where(and(eq(channels.id, id), isNull(channels.deletedAt)))
        .returning()
      return channel
    }
  }
}

export type ChannelStore = ReturnType<typeof createChannelStore>

/** Settings of public models. */
export function createModelStore({ db, models, forUpdate }: Database) {
  const selectAll = statement('list_models', on => on.select().from(models).orderBy(asc(models.name)))

  return {
    async get(name: string): Promise<Model | undefined> {
      const [model] = await db.select().from(models).where(eq(models.name, name))
      return model
    },

    /** Returns a model's settings, and locks them until the transaction ends. */
    async lock(name: string, tx: Db): Promise<Model | undefined> {
      const [model] = await tx
        .select()
        .from(models)
        .where(sql`${eq(models.name, name)}${forUpdate}`)
      return model
    },

    list: (): Promise<Model[]> => selectAll(db, {}),

    /** Creates the model, or changes the fields in `set`. */
    async put(name: string, set: Partial<Model>, now: number, on: Db = db): Promise<Model> {
      const fresh: Model = {
        name,
        candidates: null,
        prices: [],
        retryFailed: false,
        durationPolicy: null,
        disabled: false,
        createdAt: now,
        ...set
      }
      const [model] = await on
        .insert(models)
        .values(fresh)
        .onConflictDoUpdate({ target: models.name, set: { ...set, name } })
        .returning()
      return model!
    },

    /** Deletes a model's settings; false when it has none. */
    async remove(name: string, on: Db = db): Promise<boolean> {
      return (await on.delete(models).where(eq(models.name, name)).returning({ name: models.name })).length > 0
    }
  }
}

export type ModelStore = ReturnType<typeof createModelStore>
