import { and, desc, eq, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database, Db, User } from '../db/index.ts'

/** People who sign in to the console. Deleted ones are returned by id only. */
export function createUserStore({ db, users, forUpdate }: Database) {
  const isThere = isNull(users.deletedAt)

  return {
    async insert(user: User, on: Db = db): Promise<void> {
      await on.insert(users).values(user)
    },

    /** Returns a user, even a deleted one. */
    async get(id: string): Promise<User | undefined> {
      const [user] = await db.select().from(users).where(eq(users.id, id))
      return user
    },

    /** Returns a user and locks the row until the transaction ends. */
    async lock(id: string, tx: Db): Promise<User | undefined> {
      const [user] = await tx
        .select()
        .from(users)
        .where(sql`${and(eq(users.id, id), isThere)}${forUpdate}`)
      return user
    },

    /** Returns the user with this name or e-mail address, in lower case. */
    async byLogin(login: string, on: Db = db): Promise<User | undefined> {
      const [user] = await on
        .select()
        .from(users)
        .where(and(isThere, or(eq(users.login, login), eq(users.email, login))))
      return user
    },

    /** Returns the user whom an identity provider calls so: the issuer and the subject, separated by a space. */
    async bySubject(subject: string, on: Db = db): Promise<User | undefined> {
      const [user] = await on
        .select()
        .from(users)
        .where(and(isThere, eq(users.subject, subject)))
      return user
    },

    /** Whether a user with this subject was deleted. */
    async wasDeleted(subject: string): Promise<boolean> {
      const found = await db
        .select({ id: users.id })
        .from(users)
        .where(and(isNotNull(users.deletedAt), eq(users.subject, subject)))
        .limit(1)
      return found.length > 0
    },

    /** Returns the user whose invitation or password reset has this token, and locks the row. */
    async lockByInvite(inviteHash: string, tx: Db): Promise<User | undefined> {
      const [user] = await tx
        .select()
        .from(users)
        .where(sql`${and(isThere, eq(users.inviteHash, inviteHash))}${forUpdate}`)
      return user
    },

    /** Returns the enabled owners, and locks them until the transaction ends. */
    async lockOwners(tx: Db): Promise<User[]> {
      return tx
        .select()
        .from(users)
        .where(sql`${and(isThere, eq(users.role, 'owner'), eq(users.disabled, false))}${forUpdate}`)
    },

    /** Whether there is, or was, any user. */
    async exist(on: Db = db): Promise<boolean> {
      return (await on.select({ id: users.id }).from(users).limit(1)).length > 0
    },

    /** Returns a page of users, newest first; `after` is an id. */
    async list({ after, limit }: { after?: string; limit: number }): Promise<User[]> {
      return db
        .select()
        .from(users)
        .where(and(isThere, after === undefined ? undefined : lt(users.id, after)))
        .orderBy(desc(users.id))
        .limit(limit)
    },

    async update(id: string, set: Partial<User>, on: Db = db): Promise<void> {
      await on.update(users).set(set).where(eq(users.id, id))
    }
  }
}

export type UserStore = ReturnType<typeof createUserStore>
