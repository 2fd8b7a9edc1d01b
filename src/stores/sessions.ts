import { and, desc, eq, lt, ne } from 'drizzle-orm'
import type { Database, Db, Key, Session, User } from '../db/index.ts'

export interface SessionFilter {
  userId?: string
  keyId?: string
  after?: string
  limit: number
}

/** Console sessions; of their tokens only hashes are stored. */
export function createSessionStore({ db, sessions, users, keys, transaction }: Database) {
  return {
    async insert(session: Session, tx: Db): Promise<void> {
      await tx.insert(sessions).values(session)
      if (session.userId !== null)
        await tx.update(users).set({ lastSeenAt: session.createdAt }).where(eq(users.id, session.userId))
    },

    async get(id: string): Promise<Session | undefined> {
      const [session] = await db.select().from(sessions).where(eq(sessions.id, id))
      return session
    },

    /** Returns a session with its user and the key that it acts as: the one that signed in, or the user's own. */
    async byTokenHash(tokenHash: string): Promise<{ session: Session; user: User | null; key: Key } | undefined> {
      const [found] = await db
        .select({ session: sessions, user: users })
        .from(sessions)
        .leftJoin(users, eq(users.id, sessions.userId))
        .where(eq(sessions.tokenHash, tokenHash))
      if (!found) return undefined
      const { keyId, userId } = found.session
      const [key] = await db
        .select()
        .from(keys)
        .where(keyId === null ? eq(keys.userId, userId!) : eq(keys.id, keyId)) // one of both is set: a check of the table
      return key && { ...found, key }
    },

    /** Writes the time and address of the last use, and the new end; callers do so at most once a minute. */
    async touch({ id, userId }: Session, set: Pick<Session, 'lastSeenAt' | 'expiresAt' | 'ip'>): Promise<void> {
      await transaction(async tx => {
        await tx.update(sessions).set(set).where(eq(sessions.id, id))
        if (userId !== null) await tx.update(users).set({ lastSeenAt: set.lastSeenAt }).where(eq(users.id, userId))
      })
    },

    /** Returns a page of sessions, newest first; `after` is an id. */
    async list({
      userId,
      keyId,
      after,
      limit
    }: SessionFilter): Promise<{ session: Session; user: User | null; key: Key | null }[]> {
      const where = [
        userId === undefined ? undefined : eq(sessions.userId, userId),
        keyId === undefined ? undefined : eq(sessions.keyId, keyId),
        after === undefined ? undefined : lt(sessions.id, after)
      ]
      return db
        .select({ session: sessions, user: users, key: keys })
        .from(sessions)
        .leftJoin(users, eq(users.id, sessions.userId))
        .leftJoin(keys, eq(keys.id, sessions.keyId))
        .where(and(...where))
        .orderBy(desc(sessions.id))
        .limit(limit)
    },

    /** Ends a session; false when it had ended. */
    async remove(id: string, on: Db = db): Promise<boolean> {
      return (await on.delete(sessions).where(eq(sessions.id, id)).returning({ id: sessions.id })).length > 0
    },

    /** Ends the sessions of a user, but not the one with the id `except`. */
    async removeOfUser(userId: string, on: Db, except?: string): Promise<void> {
      await on
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), except === undefined ? undefined : ne(sessions.id, except)))
    },

    /** Deletes the sessions that ended before `now`. */
    async prune(now: number): Promise<void> {
      await db.delete(sessions).where(lt(sessions.expiresAt, now))
    }
  }
}

export type SessionStore = ReturnType<typeof createSessionStore>
