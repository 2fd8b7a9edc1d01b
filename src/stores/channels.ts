import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Channel, Database, Model } from '../db/index.ts'
import { newId } from '../lib/ids.ts'

export function createChannelStore({ db, channels, events, transaction }: Database) {
  return {
    async insert(channel: Channel): Promise<void> {
      await db.insert(channels).values(channel)
    },

    /** Also one that was deleted: its tasks still need it. */
    async get(id: string): Promise<Channel | undefined> {
      const [channel] = await db.select().from(channels).where(eq(channels.id, id))
      return channel
    },

    async byName(name: string): Promise<Channel | undefined> {
      const [channel] = await db.select().from(channels).where(eq(channels.name, name))
      return channel
    },

    /** Oldest first; deleted ones are left out. */
    async list(): Promise<Channel[]> {
      return db.select().from(channels).where(isNull(channels.deletedAt)).orderBy(asc(channels.id))
    },

    /** Writes a channel's health, with the event that tells people of it. */
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

    async rename(id: string, name: string): Promise<void> {
      await db.update(channels).set({ name }).where(eq(channels.id, id))
    },

    async update(id: string, set: Partial<Channel>): Promise<Channel | undefined> {
      const [channel] = await db
        .update(channels)
        .set(set)
        .where(and(eq(channels.id, id), isNull(channels.deletedAt)))
        .returning()
      return channel
    }
  }
}

export type ChannelStore = ReturnType<typeof createChannelStore>

export function createModelStore({ db, models }: Database) {
  return {
    async get(name: string): Promise<Model | undefined> {
      const [model] = await db.select().from(models).where(eq(models.name, name))
      return model
    },

    async list(): Promise<Model[]> {
      return db.select().from(models).orderBy(asc(models.name))
    },

    /** Makes the model or changes what `set` names of it. */
    async put(name: string, set: Partial<Model>, now: number): Promise<Model> {
      const fresh: Model = {
        name,
        candidates: null,
        prices: [],
        retryFailed: false,
        disabled: false,
        createdAt: now,
        ...set
      }
      const [model] = await db
        .insert(models)
        .values(fresh)
        .onConflictDoUpdate({ target: models.name, set: { ...set, name } })
        .returning()
      return model!
    },

    async remove(name: string): Promise<boolean> {
      return (await db.delete(models).where(eq(models.name, name)).returning({ name: models.name })).length > 0
    }
  }
}

export type ModelStore = ReturnType<typeof createModelStore>
