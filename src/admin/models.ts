import type { Candidate, Model } from '../db/index.ts'
import { modelFields, system, type By, type Change } from '../domain/audit.ts'
import { everyPrice } from '../domain/published-prices.ts'
import { ApiError } from '../errors.ts'
import { intact } from '../lib/damaged.ts'
import type { ChannelStore, ModelStore } from '../stores/channels.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Audit } from './audit.ts'
import type { RefuseManaged } from './managed.ts'
import type { Vendor } from '../vendors/vendor.ts'

interface Dependencies {
  store: ModelStore
  channels: ChannelStore
  audit: Audit
  routing: Pick<Routing, 'changed' | 'find'>
  refuseManaged: RefuseManaged
  vendors: Record<string, Vendor>
  now(): number
}

export type ModelSettings = Partial<
  Pick<Model, 'candidates' | 'prices' | 'retryFailed' | 'durationPolicy' | 'disabled'>
>

/** Public models. Channels' maps define models too; settings here add to them or override them. */
export function createModels({ store, channels, audit, routing, refuseManaged, vendors, now }: Dependencies) {
  const facts = factsOf(Object.values(vendors))

  async function names(): Promise<string[]> {
    const [rows, all] = await Promise.all([store.list(), channels.list()])
    return [
      ...new Set([...rows.map(({ name }) => name), ...all.flatMap(channel => Object.keys(intact(channel).models))])
    ].sort()
  }

  async function checked(settings: ModelSettings): Promise<ModelSettings> {
    for (const [index, { channel }] of (settings.candidates ?? []).entries()) {
      const row = await channels.get(channel)
      if (!row || row.deletedAt !== null)
        throw new ApiError('invalid_request', {
          param: `candidates.${index}.channel`,
          message: `candidates.${index}.channel: there is no channel ${channel}.`
        })
    }
    checkPrices(settings.prices ?? [], facts)
    return settings
  }

  async function write(name: string, settings: ModelSettings, by: By = system): Promise<void> {
    const set = await checked(settings)
    await audit.record(by, async tx => {
      await refuseManaged('model', name, tx)
      const before = await store.lock(name, tx)
      const after = await store.put(name, set, now(), tx)
      return [after, changeOf('model.update', name, before, after)] as const
    })
    routing.changed()
  }

  async function mustExist(name: string) {
    if (!(await names()).includes(name))
      throw new ApiError('model_not_found', { param: 'name', message: `There is no model ${name}.` })
  }

  return {
    names,
    /** what prices may depend on */
    facts,

    async get(name: string): Promise<Model | undefined> {
      await mustExist(name)
      return store.get(name)
    },

    /** Returns the channels that can serve a model, enabled or not. */
    async candidatesOf(name: string): Promise<Candidate[]> {
      const model = await routing.find(name)
      return (model?.routes ?? []).map(({ channel: { id, priority, weight }, upstreamModel }) => ({
        channel: id,
        upstream_model: upstreamModel,
        priority,
        weight
      }))
    },

    /** Writes a model's settings. Throws invalid_request for a new model that no channel serves. */
    async put(name: string, settings: ModelSettings, by: By = system): Promise<void> {
      await checked(settings)
      if (!settings.candidates?.length && !(await names()).includes(name))
        throw new ApiError('invalid_request', {
          param: 'candidates',
          message: `candidates: no channel serves ${name}; name a candidate, or add the model to a channel.`
        })
      await write(name, settings, by)
    },

    async change(name: string, settings: ModelSettings, by: By = system): Promise<void> {
      await mustExist(name)
      await write(name, settings, by)
    },

    /** Deletes a model's settings; a model that a channel maps continues to exist. */
    async remove(name: string, by: By = system): Promise<void> {
      await mustExist(name)
      await audit.record(by, async tx => {
        await refuseManaged('model', name, tx)
        const before = await store.lock(name, tx)
        const isRemoved = await store.remove(name, tx)
        return [isRemoved, isRemoved ? changeOf('model.delete', name, before, undefined) : null] as const
      })
      routing.changed()
    }
  }
}

export type Models = ReturnType<typeof createModels>

const stated = 'seconds videos image references resolution audio mode video voice service_tier off_peak'.split(' ')

/** Throws invalid_request for a condition that no price can depend on. */
export function checkPrices(prices: readonly { when?: object | undefined }[], facts: readonly string[]) {
  for (const [index, { when = {} }] of prices.entries()) {
    const unknown = Object.keys(when).find(name => !facts.includes(name))
    const param = `prices.${index}.when.${unknown}`
    if (unknown !== undefined)
      throw new ApiError('invalid_request', {
        param,
        message: `${param}: is not known. A price can depend on ${facts.join(', ')}.`
      })
  }
}

/** Returns the names of what vendors state about a request (vendors/vendor.ts, `Billing`), and of what published prices depend on. */
export function factsOf(vendors: readonly Vendor[]): string[] {
  const published = vendors.flatMap(({ prices: list }) =>
    everyPrice(list).flatMap(([, { prices }]) => prices.flatMap(({ when = {} }) => Object.keys(when)))
  )
  return [...new Set([...stated, ...published])].sort()
}

const changeOf = (
  action: 'model.update' | 'model.delete',
  name: string,
  before: Model | undefined,
  after: Model | undefined
): Change => ({
  action,
  target: { type: 'model', id: name, name },
  before: before ? modelFields(intact(before)) : null,
  after: after ? modelFields(intact(after)) : null
})
