import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../errors.ts'
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

/** The models that a key may use; `/videos/models` adds what each supports, from the tables that requests are checked against. */
export async function modelRoutes(app: FastifyInstance, { tasks, ...services }: ModelServices) {
  const { describe, detail } = createDescriptions(services)

  app.get('/models', needs('tasks:read'), async request => {
    const data = await Promise.all((await tasks.modelsOf(request.key)).map(describe))
    return { object: 'list', data }
  })

  app.get<{ Params: { id: string } }>('/models/:id', needs('tasks:read'), async request => {
    const { id } = request.params
    if (!(await tasks.modelsOf(request.key)).includes(id)) throw new ApiError('model_not_found', { param: 'model' })
    return describe(id)
  })

  app.get('/videos/models', needs('tasks:read'), async request => {
    const data = await Promise.all((await tasks.modelsOf(request.key)).map(detail))
    return { object: 'list', data }
  })
}

/** Returns what describes a model by its name: as OpenAI does, and in detail. */
export function createDescriptions({ routing, pricing }: Pick<ModelServices, 'routing' | 'pricing'>) {
  async function describe(name: string) {
    const model = await routing.find(name)
    const created = Math.floor((model?.settings?.createdAt ?? model?.routes[0]?.channel.createdAt ?? 0) / 1000)
    return { id: name, object: 'model' as const, created, owned_by: model?.routes[0]?.vendor.id ?? 'reelay' }
  }

  async function detail(name: string) {
    const model = await routing.find(name)
    const route = model?.routes[0]
    const spec = route && route.vendor.models[route.upstreamModel]
    const prices = await pricing.listFor(name)
    // null: no price is known
    return { ...(await describe(name)), capabilities: capabilitiesOf(spec), prices: prices.length ? prices : null }
  }

  return { describe, detail }
}

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
    retired: spec?.retired ?? null
  }
}
