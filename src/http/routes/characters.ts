import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../errors.ts'
import { needs } from '../plugins/caller.ts'

/** OpenAI's characters: no vendor here keeps any. */
export async function characterRoutes(app: FastifyInstance) {
  // before the body is read
  const refuseCharacter = async () => {
    throw new ApiError('unsupported', {
      message: 'Characters are not supported: no model of this key can make them.',
      shouldRetry: false
    })
  }
  app.post('/videos/characters', { ...needs('tasks:write'), onRequest: refuseCharacter }, refuseCharacter)
  app.get('/videos/characters/:id', needs('tasks:read'), async () => {
    throw new ApiError('not_found', { param: 'character_id', message: 'No such character.' })
  })
}
