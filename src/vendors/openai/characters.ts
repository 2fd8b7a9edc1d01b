import { bytesOf } from '../shared/images.ts'
import type { CharacterMade, HttpAnswer, HttpRequest } from '../vendor.ts'
import { readSubmit } from './answers.ts'
import { filePart } from './body.ts'

/* OpenAI's characters. Source: OpenAI OpenAPI document 2.3.0 (`POST /videos/characters`, multipart only, answers `{id, name, created_at}`). */

/** Returns the request that makes a character; `video`: a data URL; `collection`: the path of the videos. */
export function characterOf(collection: string, name: string, video: string): HttpRequest {
  return {
    method: 'POST',
    path: `${collection}/characters`,
    body: { multipart: [{ name: 'name', value: name }, filePart('video', bytesOf(video))] }
  }
}

/** Reads the answer: like that of a video it has an `id`, or an error. */
export const readCharacter = (answer: HttpAnswer): CharacterMade => readSubmit(answer, id => id)
