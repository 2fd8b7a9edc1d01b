import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../admin/audit.ts'
import type { Character } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import { countCharacters } from '../../lib/characters.ts'
import type { Characters } from '../../tasks/characters.ts'
import { isUpload } from '../create/image-items.ts'
import { objectOf } from '../create/read.ts'
import { readFile } from '../create/rework.ts'
import { parse, refuse } from '../parse.ts'
import { isActing, needs, recordAdmin } from '../plugins/caller.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'

export interface CharacterServices {
  characters: Characters
  audit: Audit
}

const LONGEST_NAME = 80

export const creation = z.object({
  name: z
    .string({ error: issue => (issue.input === undefined ? 'is required' : 'must be a string') })
    .trim()
    .min(1, 'must not be empty')
    .refine(name => countCharacters(name, LONGEST_NAME) <= LONGEST_NAME, `may have at most ${LONGEST_NAME} characters`),
  model: z.string().trim().max(200).optional()
})

/** OpenAI's characters: made of an uploaded video by a vendor that keeps them. */
export async function characterRoutes(app: FastifyInstance, { characters, audit }: CharacterServices) {
  // before the body is read
  async function refuseWithoutModel({ key }: FastifyRequest) {
    if (await characters.areMade(key)) return
    throw new ApiError('unsupported', {
      message: 'Characters are not supported: no model of this key can make them.',
      shouldRetry: false
    })
  }

  app.post(
    '/videos/characters',
    { ...needs('tasks:write'), bodyLimit: IMAGES_BODY_LIMIT, onRequest: refuseWithoutModel },
    async request => {
      const { body, key, intake } = request
      const { video, ...fields } = objectOf(body)
      const { name, model } = parse(creation, fields)
      if (!isUpload(video)) throw refuse('video', 'is required: a file of a multipart form')
      const asked = { name, model: model || undefined, video: readFile(video.file, 'video') }
      const make = () => characters.make(key, asked)
      const character = await (intake ? intake.during(make) : make())
      const target = { type: 'character' as const, id: character.id, name }
      if (isActing(request))
        await recordAdmin(audit, request, { action: 'character.create', target, after: { key: key.id } })
      return show(character)
    }
  )

  app.get<{ Params: { id: string } }>('/videos/characters/:id', needs('tasks:read'), async ({ key, params }) =>
    show(await characters.get(key, params.id))
  )
}

const show = ({ id, name, createdAt }: Character) => ({ id, name, created_at: Math.floor(createdAt / 1000) })
