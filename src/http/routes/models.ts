import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { FrontModel } from '../../fronts/front.ts'
import { showReplicateModel } from '../../fronts/replicate/index.ts'
import type { Pricing } from '../../tasks/pricing.ts'
import type { Routing } from '../../tasks/routing.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { ModelSpec } from '../../vendors/vendor.ts'
import { needs } from '../plugins/caller.ts'

export interface ModelServices {
  tasks: Tasks
  routing: Routing
  pricing: Pricing
}

export interface ModelRouteServices extends ModelServices {
  originOf(request: FastifyRequest): string
}

/** Returns the models that a key may use, with what they can do and cost. */
export type ModelReader = (key: Key) => Promise<FrontModel[]>

export function createModelReader({ tasks, routing, pricing }: ModelServices): ModelReader {
  return async key => {
    const names = await tasks.modelsOf(key)
    return Promise.all(
      names.map(async name => {
        const model = await routing.find(name)
        const route = model?.routes[0]
        const spec = route && route.vendor.models[route.upstreamModel]
        // routes may have more than the table: a server behind an address, the sandbox
        const reworks = await tasks.reworksOf(name)
        return {
          name,
          createdAt: model?.settings?.createdAt ?? route?.channel.createdAt ?? 0,
          owner: route?.vendor.id ?? 'reelay',
          spec: spec || reworks.length ? { ...spec, reworks } : undefined,
          prices: await pricing.listFor(name)
        }
      })
    )
  }
}

/** The models that a key may use; `/videos/models` adds what each supports, from the tables that requests are checked against. */
export async function modelRoutes(app: FastifyInstance, services: ModelRouteServices) {
  const { tasks, routing, originOf } = services
  const readModels = createModelReader(services)

  async function describe(name: string) {
    const model = await routing.find(name)
    const created = Math.floor((model?.settings?.createdAt ?? model?.routes[0]?.channel.createdAt ?? 0) / 1000)
    return { id: name, object: 'model' as const, created, owned_by: model?.routes[0]?.vendor.id ?? 'reelay' }
  }

  app.get('/models', needs('tasks:read'), async request => {
    const data = await Promise.all((await tasks.modelsOf(request.key)).map(describe))
    // Replicate's clients read the same path
    const results = data.map(({ id, owned_by }) => showReplicateModel({ name: id, owner: owned_by }, originOf(request)))
    return { object: 'list', data, results, next: null, previous: null }
  })

  app.get<{ Params: { id: string } }>('/models/:id', needs('tasks:read'), async request => {
    const { id } = request.params
    if (!(await tasks.modelsOf(request.key)).includes(id)) throw new ApiError('model_not_found', { param: 'model' })
    return describe(id)
  })

  app.get('/videos/models', needs('tasks:read'), async request => {
    return { object: 'list', data: (await readModels(request.key)).map(detailOf) }
  })
}

/** Returns a model as `/videos/models` shows it. */
export const detailOf = ({ name, createdAt, owner, spec, prices }: FrontModel) => ({
  id: name,
  object: 'model' as const,
  created: Math.floor(createdAt / 1000),
  owned_by: owner,
  capabilities: capabilitiesOf(spec),
  // null: no price is known
  prices: prices.length ? prices : null
})

/** Returns a model's limits; null where unknown: then only the vendor's general rules apply. */
export function capabilitiesOf(spec: ModelSpec | undefined) {
  return {
    seconds: spec?.seconds ?? null,
    default_seconds: spec?.defaultSeconds ?? null,
    aspect_ratios: spec?.ratios ?? null,
    resolutions: spec?.resolutions ?? null,
    image_roles: spec?.images ?? null,
    max_references: spec?.maxReferences ?? null,
    audio: spec?.audio ?? null,
    prompt_limit: spec?.promptLimit ?? null,
    max_videos: spec?.maxVideos ?? 1,
    reworks: spec?.reworks ?? [],
    retired: spec?.retired ?? null
  }
}
