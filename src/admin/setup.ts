import type { User } from '../db/index.ts'
import { system, userFields, type By } from '../domain/audit.ts'
import { ApiError } from '../errors.ts'
import { hashPassword } from '../lib/passwords.ts'
import { hashToken, newToken } from '../lib/tokens.ts'
import type { MetaStore } from '../stores/meta.ts'
import type { Audit } from './audit.ts'
import { changeOf, type Users } from './users.ts'

interface Dependencies {
  meta: MetaStore
  users: Users
  audit: Audit
}

/** The first user: created with a token that each start prints as long as there is none. */
export function createSetup({ meta, users, audit }: Dependencies) {
  return {
    /** Whether there is no user yet. */
    isNeeded: async (): Promise<boolean> => !(await users.exist()),

    /** Returns a new token, which ends the earlier one; null: there is a user. */
    async renew(): Promise<string | null> {
      if (await users.exist()) return null
      const { token, hash } = newToken()
      await meta.set(TOKEN, hash)
      return token
    },

    /** Creates the owner. Throws invalid_link when the token is wrong or was used, or there is a user. */
    async complete(
      { token, password, name, email }: { token: string; password: string; name: string; email: string | null },
      by: By = system
    ): Promise<User> {
      const hashed = await hashPassword(password)
      return audit.record(by, async tx => {
        // of several at once one takes the token
        if (!(await meta.take(TOKEN, hashToken(token), tx)) || (await users.exist(tx)))
          throw new ApiError('invalid_link')
        const owner = await users.add(tx, { name, email, role: 'owner', password: hashed })
        return [owner, changeOf('user.create', owner, { after: userFields(owner) })] as const
      })
    }
  }
}

export type Setup = ReturnType<typeof createSetup>

const TOKEN = 'setup_token'
