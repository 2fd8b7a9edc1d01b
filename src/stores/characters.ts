import { inArray } from 'drizzle-orm'
import type { Character, Database } from '../db/index.ts'

/** Characters that channels have made. */
export function createCharacterStore({ db, characters }: Database) {
  return {
    async insert(character: Character): Promise<void> {
      await db.insert(characters).values(character)
    },

    /** Returns those of the ids that exist, of any key and in any order. */
    async find(ids: readonly string[]): Promise<Character[]> {
      return db
        .select()
        .from(characters)
        .where(inArray(characters.id, [...ids]))
    }
  }
}

export type CharacterStore = ReturnType<typeof createCharacterStore>
