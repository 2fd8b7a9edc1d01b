import type { Character, Key } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { ByteBudget } from '../lib/byte-budget.ts'
import { newId } from '../lib/ids.ts'
import type { CharacterStore } from '../stores/characters.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { MadeCharacter } from '../vendors/vendor.ts'
import { toApiError } from './create.ts'
import { takesCharacters } from './describe.ts'
import type { CharacterFinder } from './own-characters.ts'
import type { Planner } from './plan.ts'
import type { Routing } from './routing.ts'
import type { WatchedExchange } from './watched-exchange.ts'

interface Dependencies {
  store: CharacterStore
  finder: CharacterFinder
  planner: Planner
  routing: Routing
  exchange: WatchedExchange
  /** of the bytes that are sent to vendors */
  memory: Pick<ByteBudget, 'wait'>
  memoryWaitMs: number
  now(): number
}

/** What is asked of a new character. */
interface Asked {
  /** absent: the default, else the only one that can */
  model?: string | undefined
  name: string
  /** a data URL */
  video: string
}

/** Makes characters, and shows them to their keys. */
export function createCharacters({
  store,
  finder,
  planner,
  routing,
  exchange,
  memory,
  memoryWaitMs,
  now
}: Dependencies) {
  /** Sends the file to the model's first channel that takes characters, and returns the vendor's id. Throws the vendor's refusal. */
  async function send(key: Key, { model, name, video }: Asked): Promise<MadeCharacter> {
    const routes = await routing.routesFor(await planner.modelForCharacters(key, model))
    const route = routes.find(one => takesCharacters(one, routing.configOf(one.channel)))
    const character = route?.vendor.character
    if (!route || !character) throw new ApiError('no_channel_available', { param: 'model' })
    const { channel, vendor } = route
    const config = routing.configOf(channel)
    // a submit in its limits of time: the vendor looks at the whole film before it answers
    const answer = await exchange.submit(vendor, config, character.make(name, video, config)).catch(noAnswer)
    const made = character.made(answer)
    if (made.status === 'rejected') throw toApiError(made.failure)
    return { channelId: channel.id, id: made.upstreamId }
  }

  return {
    get: finder.get,

    /** Whether a model of a key can make characters. */
    async areMade(key: Key): Promise<boolean> {
      for (const model of await planner.modelsOf(key)) if (await planner.canUseCharacters(model)) return true
      return false
    },

    /** Makes a character. One whose row is lost in a crash is lost: it has cost nothing. Throws unsupported, and the vendor's refusal. */
    async make(key: Key, asked: Asked): Promise<Character> {
      const share = await memory.wait(key.id, asked.video.length, memoryWaitMs)
      if (!share) throw new ApiError('overloaded')
      try {
        const { channelId, id: upstreamId } = await send(key, asked)
        const createdAt = now()
        const row = { id: newId('char', createdAt), keyId: key.id, channelId, upstreamId, name: asked.name, createdAt }
        await store.insert(row)
        return row
      } finally {
        share.release()
      }
    }
  }
}

export type Characters = ReturnType<typeof createCharacters>

function noAnswer(error: unknown): never {
  if (!(error instanceof UpstreamError)) throw error
  throw new ApiError('upstream_error', { cause: error, message: 'The video vendor did not answer. Try again soon.' })
}
