import type { Candidate, Model } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { intact } from '../lib/damaged.ts'
import type { ChannelStore, ModelStore } from '../stores/channels.ts'
import type { Routing } from '../tasks/routing.ts'

interface Dependencies {
  store: ModelStore
  channels: ChannelStore
  routing: Routing
  now(): number
}

type Settings = Partial<Pick<Model, 'candidates' | 'prices' | 'retryFailed' | 'disabled'>>

/** Public models. Channels' maps define models too; settings here add to them or override them. */
export function createModels({ store, channels, routing, now }: Dependencies) {
  async function names(): Promise<string[]> {
    const [rows, all] = await Promise.all([store.list(), channels.list()])
    return [
      ...new Set([...rows.map(({ name }) => name), ...all.flatMap(channel => Object.keys(intact(channel).models))])
    ].sort()
  }

  async function checked(settings: Settings): Promise<Settings> {
    for (const [index, { channel }] of (settings.candidates ?? []).entries()) {
      const row = await channels.get(channel)
      if (!row || row.deletedAt !== null)
        throw new ApiError('invalid_request', {
          param: `candidates.${index}.channel`,
          message: `candidates.${index}.channel: there is no channel ${channel}.`
        })
    }
    return settings
  }

  async function write(name: string, settings: Settings): Promise<void> {
    await store.put(name, await checked(settings), now())
    routing.changed()
  }

  async function mustExist(name: string) {
    if (!(await names()).includes(name))
      throw new ApiError('model_not_found', { param: 'name', message: `There is no model ${name}.` })
  }

  return {
    names,

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

    put: write,

    async change(name: string, settings: Settings): Promise<void> {
      await mustExist(name)
      await write(name, settings)
    },

    /** Deletes a model's settings; a model that a channel maps continues to exist. */
    async remove(name: string): Promise<void> {
      await mustExist(name)
      await store.remove(name)
      routing.changed()
    }
  }
}

export type Models = ReturnType<typeof createModels>
