import type { Character, Key } from '../db/index.ts'
import type { UnifiedRequest } from '../domain/request.ts'
import { ApiError } from '../errors.ts'
import type { CharacterStore } from '../stores/characters.ts'
import type { MadeCharacter } from '../vendors/vendor.ts'

/** Finds the characters that requests name. */
export function createCharacterFinder(store: Pick<CharacterStore, 'find'>) {
  const isOwn = (key: Key, character: Character | undefined): character is Character =>
    character !== undefined && (character.keyId === key.id || key.role === 'admin')

  return {
    /** Returns a character of a key. Throws not_found. */
    async get(key: Key, id: string): Promise<Character> {
      const [character] = await store.find([id])
      if (isOwn(key, character)) return character
      throw new ApiError('not_found', { param: 'character_id', message: 'No such character.' })
    },

    /** Returns the characters of a request, all on one channel; undefined: it has none. Throws invalid_request naming the id. */
    async of(
      key: Key,
      { characters: asked = [] }: Pick<UnifiedRequest, 'characters'>
    ): Promise<MadeCharacter[] | undefined> {
      if (asked.length === 0) return undefined
      const found = new Map((await store.find(asked.map(({ id }) => id))).map(one => [one.id, one]))
      const made = asked.map(({ id }, index) => {
        const character = found.get(id)
        if (!isOwn(key, character)) throw refused(index, 'no such character')
        return { channelId: character.channelId, id: character.upstreamId }
      })
      const other = made.findIndex(({ channelId }) => channelId !== made[0]?.channelId)
      if (other > 0) throw refused(other, 'is on another account than the first. Create both characters again')
      return made
    }
  }
}

export type CharacterFinder = ReturnType<typeof createCharacterFinder>

const refused = (index: number, reason: string) => {
  const param = `characters.${index}.id`
  return new ApiError('invalid_request', { param, message: `${param}: ${reason}.` })
}
