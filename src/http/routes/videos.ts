import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../errors.ts'
import { defined } from '../../lib/defined.ts'
import { startedXai } from '../../fronts/xai/index.ts'
import { readCreate } from '../create/read.ts'
import { namesUrl, readRework } from '../create/rework.ts'
import { createMaking, type MakeServices } from '../create/make.ts'
import { parse } from '../parse.ts'
import { needs } from '../plugins/caller.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import type { Presenter } from '../video/presenter.ts'
import { families } from './families.ts'
import { listQuery, page } from './list.ts'

export interface VideoServices extends MakeServices {
  presenter: Presenter
}

export const query = listQuery('video', 'video')

/** The routes of both formats, `/v1/video/generations` and `/v1/videos`, with the same handlers. */
export async function videoRoutes(app: FastifyInstance, { presenter, ...services }: VideoServices) {
  const { tasks } = services
  const making = createMaking(services)

  for (const family of families) {
    app.post(family, { ...needs('tasks:write'), bodyLimit: IMAGES_BODY_LIMIT }, async (request, reply) => {
      const task = await making.create(request, reply, () => readCreate(request.body))
      return presenter.answer(request, reply, task)
    })

    app.get(family, needs('tasks:read'), async request => {
      const { after, limit, order } = parse(query, request.query)
      const found = limit === 0 ? [] : await tasks.list(request.key, { limit: limit + 1, order, ...defined({ after }) })
      const data = await Promise.all(found.slice(0, limit).map(task => presenter.show(request, task)))
      return page(data, found.length > limit)
    })

    app.delete<{ Params: { id: string } }>(`${family}/:id`, needs('tasks:write'), async request => {
      const { id } = request.params
      await making.remove(request, id)
      return { id, object: 'video.deleted', deleted: true }
    })

    app.post<{ Params: { id: string } }>(`${family}/:id/cancel`, needs('tasks:write'), async (request, reply) =>
      presenter.answer(request, reply, await making.cancel(request, request.params.id))
    )
  }

  const withBody = { ...needs('tasks:write'), bodyLimit: IMAGES_BODY_LIMIT }

  app.post<{ Params: { id: string } }>('/videos/:id/remix', withBody, async (request, reply) => {
    const task = await making.create(request, reply, () => readRework('remix', request.body, request.params))
    return presenter.answer(request, reply, task)
  })

  for (const [path, rework] of Object.entries({ '/videos/edits': 'edit', '/videos/extensions': 'extend' } as const))
    app.post(path, withBody, async (request, reply) => {
      const task = await making.create(request, reply, () => readRework(rework, request.body))
      // xAI has the same paths, names its videos by URL, and answers with the id alone
      return namesUrl(request.body) ? startedXai(task) : presenter.answer(request, reply, task)
    })

  // before the body is read: no vendor here keeps characters
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
