import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Model } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import type { Accounts, ModelAccount } from '../../../admin/accounts.ts'
import type { Models, ModelSettings } from '../../../admin/models.ts'
import { parse } from '../../parse.ts'
import { intact } from '../../../lib/damaged.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { page, pageOf, shortListQuery } from '../list.ts'
import { capabilitiesOf } from '../models.ts'
import { damageOf } from './damage.ts'
import { amount, currency, durationPolicy } from './fields.ts'

export interface ModelSettingServices {
  models: Models
  accounts: Accounts
}

const candidate = z.strictObject({
  channel: z.string(),
  upstream_model: z.string().min(1).max(200),
  priority: z.int().min(-1000).max(1000).default(0),
  weight: z.int().min(0).max(1000).default(1)
})

const price = z.strictObject({
  unit: z.enum(['second', 'video']),
  amount,
  currency,
  when: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional()
})

// as in a create request
export const named = z.object({ name: z.string().trim().min(1).max(200) })

export const settings = z.strictObject({
  candidates: z.array(candidate).max(100).nullable().optional(),
  prices: z.array(price).max(100).optional(),
  retry_failed: z.boolean().optional(),
  duration_policy: durationPolicy.optional(),
  disabled: z.boolean().optional()
})

/** Public model names: the channels that serve them, in order, and their prices. */
export async function modelSettingRoutes(app: FastifyInstance, { models, accounts }: ModelSettingServices) {
  async function show(name: string, known?: ModelAccount) {
    const row = await models.get(name)
    const [account] = known ? [known] : await accounts.ofModels([name])
    return {
      ...showModel(name, row, await models.candidatesOf(name)),
      ...showAccount(account!), // one for each name
      price_facts: models.facts
    }
  }

  app.get('/models', needs('models:read', shortListQuery), async request => {
    const query = parse(shortListQuery, request.query)
    const { items, hasMore } = pageOf(await models.names(), query, name => name)
    const known = await accounts.ofModels(items)
    return page(await Promise.all(items.map((name, index) => show(name, known[index]))), hasMore)
  })

  app.get<{ Params: { name: string } }>('/models/:name', needs('models:read'), async request =>
    show(request.params.name)
  )

  for (const method of ['PUT', 'PATCH'] as const) {
    app.route<{ Params: { name: string } }>({
      method,
      url: '/models/:name',
      ...needs('models:write'),
      handler: async request => {
        const { name } = parse(named, request.params)
        const set = toSettings(parse(settings, request.body))
        await (method === 'PUT' ? models.put(name, set, byOf(request)) : models.change(name, set, byOf(request)))
        return show(name)
      }
    })
  }

  app.delete<{ Params: { name: string } }>('/models/:name', needs('models:write'), async request => {
    const { name } = request.params
    await models.remove(name, byOf(request))
    return { id: name, object: 'model.deleted', deleted: true }
  })
}

/** Returns the settings of a model as its row has them. */
export function toSettings({
  prices,
  retry_failed,
  duration_policy,
  ...same
}: z.infer<typeof settings>): ModelSettings {
  return defined({
    ...same,
    prices: prices?.map(one => defined(one)),
    retryFailed: retry_failed,
    durationPolicy: duration_policy
  })
}

const showAccount = ({ usual, reason, capabilities, modes, waiting, managedBy }: ModelAccount) => ({
  usual_ms: usual,
  available: reason === null,
  unavailable_reason: reason,
  capabilities: capabilities ? capabilitiesOf(capabilities) : null,
  modes,
  waiting,
  managed_by: managedBy
})

function showModel(name: string, row: Model | undefined, candidates: NonNullable<Model['candidates']>) {
  const model = row && intact(row)
  return {
    id: name,
    object: 'model' as const,
    name,
    candidates,
    prices: model?.prices ?? [],
    retry_failed: model?.retryFailed ?? false,
    duration_policy: model?.durationPolicy ?? null,
    disabled: model?.disabled ?? false,
    ...(row && damageOf(row))
  }
}
