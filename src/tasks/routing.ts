import type { Candidate, Channel, Model } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { credentialContext } from '../lib/encryption-context.ts'
import type { Vault } from '../lib/vault.ts'
import type { ChannelStore, ModelStore } from '../stores/channels.ts'
import type { ChannelConfig, Vendor } from '../vendors/vendor.ts'
import { isResting } from '../domain/policy.ts'
import type { Route } from '../domain/route.ts'

/** A public model name, and what is known of it. */
export interface PublicModel {
  name: string
  routes: Route[]
  settings: Model | null
}

/** A channel that can be spoken to: its vendor, and the credential decrypted. */
export interface Connection {
  channel: Channel
  vendor: Vendor
  config: ChannelConfig
}

interface Dependencies {
  channels: ChannelStore
  models: ModelStore
  vendors: Record<string, Vendor>
  vault: Vault
  now(): number
  random(): number
  /** `on`: the sandbox serves beside real channels; `auto`: only names that no real channel serves */
  sandbox: 'auto' | 'on' | 'off'
}

interface Known {
  at: number
  byName: Map<string, PublicModel>
  byId: Map<string, Channel>
}

// another process (CLI, second node) may change channels: rows are read again after this
const FRESH_MS = 1000

/** Who can make what: channels and models as rows say, in the order in which they should be tried. */
export function createRouting({ channels, models, vendors, vault, now, random, sandbox }: Dependencies) {
  // opened once for each time a row is read: a submit asks three times, and opening costs 10 µs
  const configs = new WeakMap<Channel, ChannelConfig>()
  let cached: Known | undefined
  let reading: Promise<Known> | undefined

  async function load(): Promise<Known> {
    // a clock that was put back must not keep it fresh
    if (cached && Math.abs(now() - cached.at) < FRESH_MS) return cached
    // those that ask at once share one answer
    reading ??= remember(read())
    return reading
  }

  function remember(found: Promise<Known>): Promise<Known> {
    const remembered = found
      .then(known => {
        // rows read before a change must not outlive it
        if (reading === remembered) cached = known
        return known
      })
      .finally(() => {
        if (reading === remembered) reading = undefined
      })
    return remembered
  }

  async function read(): Promise<Known> {
    const at = now()
    const [allChannels, allModels] = await Promise.all([channels.list(), models.list()])
    const byId = new Map(allChannels.map(channel => [channel.id, channel]))
    const settings = new Map(allModels.map(model => [model.name, model]))
    const names = new Set([
      ...allModels.map(({ name }) => name),
      ...allChannels.flatMap(({ models: map }) => Object.keys(map))
    ])
    const byName = new Map([...names].map(name => [name, toPublicModel(name, settings.get(name) ?? null, byId)]))
    return { at, byName, byId }
  }

  function toPublicModel(name: string, settings: Model | null, byId: Map<string, Channel>): PublicModel {
    const candidates: Candidate[] =
      settings?.candidates ?? [...byId.values()].flatMap(channel => candidateOf(channel, name))
    const routes = candidates.flatMap(({ channel: id, upstream_model: upstreamModel, priority, weight }) => {
      const channel = byId.get(id)
      const vendor = channel && vendors[channel.vendor]
      return channel && vendor ? [{ channel: { ...channel, priority, weight }, vendor, upstreamModel }] : []
    })
    const real = routes.filter(({ channel }) => !channel.builtIn && !channel.disabled)
    return {
      name,
      settings,
      routes: sandbox === 'auto' && real.length ? routes.filter(({ channel }) => !channel.builtIn) : routes
    }
  }

  return {
    /** Every public name that somebody can serve, in alphabetical order. */
    async names(): Promise<string[]> {
      const { byName } = await load()
      return [...byName.values()]
        .filter(isServed)
        .map(({ name }) => name)
        .sort()
    },

    async find(name: string): Promise<PublicModel | undefined> {
      return (await load()).byName.get(name)
    },

    /**
     * Routes to try, best first: higher priority, then by chance in proportion to weight; channels that rest come last.
     * Throws model_not_found, or no_channel_available when nobody enabled serves it.
     */
    async routesFor(name: string): Promise<Route[]> {
      const model = (await load()).byName.get(name)
      if (!model)
        throw new ApiError('model_not_found', {
          param: 'model',
          message: `There is no model ${name} here. GET /v1/models lists them.`
        })
      if (!isServed(model)) throw new ApiError('no_channel_available', { param: 'model' })
      const draws = new Map(model.routes.map(route => [route, random() ** (1 / Math.max(route.channel.weight, 1e-9))]))
      const resting = ({ channel: { health } }: Route) => isResting(health, now())
      return model.routes
        .filter(isUsable)
        .sort(
          (a, b) =>
            Number(resting(a)) - Number(resting(b)) ||
            b.channel.priority - a.channel.priority ||
            draws.get(b)! - draws.get(a)!
        )
    },

    /** How many of a model's tasks can run at once, all its channels together; Infinity: nobody says. */
    async slotsOf(name: string): Promise<number> {
      const routes = (await load()).byName.get(name)?.routes.filter(isUsable) ?? []
      return routes.reduce(
        (sum, { channel: { learnedLimit, maxConcurrency } }) => sum + (learnedLimit ?? maxConcurrency ?? Infinity),
        0
      )
    },

    /** The channel that a task was submitted to, also when it was disabled or deleted since. */
    async channel(id: string): Promise<Connection | undefined> {
      const channel = (await load()).byId.get(id) ?? (await channels.get(id))
      const vendor = channel && vendors[channel.vendor]
      return channel && vendor && { channel, vendor, config: configOf(channel) }
    },

    configOf,

    /** Rows changed here: the next question reads them again. */
    changed() {
      cached = reading = undefined
    }
  }

  /** The channel as its vendor sees it; opens the credential. */
  function configOf(channel: Channel): ChannelConfig {
    const known = configs.get(channel)
    if (known) return known
    const { id, baseUrl, credential, options } = channel
    const opened = {
      baseUrl,
      options,
      credential: JSON.parse(vault.decrypt(credential, credentialContext(id))) as Record<string, string>
    }
    configs.set(channel, opened)
    return opened
  }
}

export type Routing = ReturnType<typeof createRouting>

const isUsable = ({ channel }: Route) => !channel.disabled && channel.health.state !== 'disabled'

const isServed = ({ routes, settings }: PublicModel) => !settings?.disabled && routes.some(isUsable)

function candidateOf({ id, models, priority, weight }: Channel, name: string): Candidate[] {
  const upstreamModel = models[name]
  return upstreamModel === undefined ? [] : [{ channel: id, upstream_model: upstreamModel, priority, weight }]
}
