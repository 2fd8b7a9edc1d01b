import type { Logger } from 'pino'
import type { Candidate, Channel, Model } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { damageIn } from '../lib/damaged.ts'
import { credentialContext } from '../lib/encryption-context.ts'
import type { Vault } from '../lib/vault.ts'
import type { ChannelStore, ModelStore } from '../stores/channels.ts'
import type { ChannelConfig, Vendor } from '../vendors/vendor.ts'
import { isResting } from '../domain/policy.ts'
import { isUsable, type Route } from '../domain/route.ts'

/** A public model name, its routes and its settings. */
export interface PublicModel {
  name: string
  routes: Route[]
  settings: Model | null
}

/** A channel ready to be called: with its vendor and its decrypted credential. */
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
  /** `on`: the sandbox serves alongside real channels; `auto`: only models that no real channel serves */
  sandbox: 'auto' | 'on' | 'off'
  log: Logger
}

interface Known {
  at: number
  byName: Map<string, PublicModel>
  byId: Map<string, Channel>
}

// another process (CLI, second node) may change channels, so rows are read again after this
const FRESH_MS = 1000

/** Routes from models to channels, as the rows say, in the order in which they are tried. */
export function createRouting({ channels, models, vendors, vault, now, random, sandbox, log }: Dependencies) {
  // decrypted once per row read: a submit needs it three times, and decrypting costs 10 µs
  const configs = new WeakMap<Channel, ChannelConfig>()
  const names = new WeakMap<ChannelConfig, string>()
  const told = new Set<string>()
  let cached: Known | undefined
  let reading: Promise<Known> | undefined

  async function load(): Promise<Known> {
    // a clock that was set back must not keep it fresh
    if (cached && Math.abs(now() - cached.at) < FRESH_MS) return cached
    // concurrent callers share one read
    reading ??= cacheWhenRead(read())
    return reading
  }

  function cacheWhenRead(rows: Promise<Known>): Promise<Known> {
    const current = rows
      .then(known => {
        // not if they were invalidated meanwhile: these may be the rows from before the change
        if (reading === current) cached = known
        return known
      })
      .finally(() => {
        if (reading === current) reading = undefined
      })
    return current
  }

  async function read(): Promise<Known> {
    const at = now()
    const [allChannels, allModels] = await Promise.all([channels.list(), models.list()])
    const byId = new Map(allChannels.map(channel => [channel.id, channel]))
    const usable = new Map(allChannels.filter(isWhole).map(channel => [channel.id, channel]))
    const settings = new Map(allModels.map(model => [model.name, model]))
    const names = new Set([
      ...allModels.map(({ name }) => name),
      ...[...usable.values()].flatMap(({ models: map }) => Object.keys(map))
    ])
    const byName = new Map([...names].map(name => [name, toPublicModel(name, settings.get(name) ?? null, usable)]))
    return { at, byName, byId }
  }

  /** Whether a channel can be used: its row is whole, and its credential can be decrypted. Others serve nothing until they are repaired. */
  function isWhole(channel: Channel): boolean {
    const columns = damageIn(channel)
    try {
      if (columns.length === 0) return configOf(channel) !== undefined
    } catch {
      columns.push('credential')
    }
    setAside('channel', channel.name, columns)
    return false
  }

  function setAside(kind: 'channel' | 'model', name: string, columns: string[]) {
    const what = JSON.stringify([kind, name, columns])
    if (!told.has(what)) log.error({ [kind]: name, columns }, `${kind} not used: its row is damaged`)
    told.add(what)
  }

  function toPublicModel(name: string, settings: Model | null, byId: Map<string, Channel>): PublicModel {
    const columns = settings ? damageIn(settings) : []
    if (columns.length) {
      setAside('model', name, columns)
      return { name, settings: null, routes: [] }
    }
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
    /** Returns every public model that a channel can serve, in alphabetical order. */
    async names(): Promise<string[]> {
      const { byName } = await load()
      return [...byName.values()]
        .filter(isServed)
        .map(({ name }) => name)
        .sort()
    },

    /** Returns a public model with its routes and settings, also when none of its channels is usable. */
    async find(name: string): Promise<PublicModel | undefined> {
      return (await load()).byName.get(name)
    },

    /**
     * Returns the routes to try, best first: higher priority, then at random in proportion to weight; those that are cooling down come last.
     * Throws model_not_found, or no_channel_available when no enabled channel serves it.
     */
    async routesFor(name: string): Promise<Route[]> {
      const model = (await load()).byName.get(name)
      if (!model)
        throw new ApiError('model_not_found', {
          param: 'model',
          message: `The model ${name} does not exist. GET /v1/models lists the models.`
        })
      if (!isServed(model)) throw new ApiError('no_channel_available', { param: 'model' })
      const draws = new Map(model.routes.map(route => [route, random() ** (1 / Math.max(route.channel.weight, 1e-9))]))
      const coolingDown = ({ channel: { health }, upstreamModel }: Route) => isResting(health, upstreamModel, now())
      return model.routes
        .filter(isUsable)
        .sort(
          (a, b) =>
            Number(coolingDown(a)) - Number(coolingDown(b)) ||
            b.channel.priority - a.channel.priority ||
            draws.get(b)! - draws.get(a)!
        )
    },

    /** Returns how many of a model's tasks can run at once on all its channels; Infinity: no limit is known. */
    async slotsOf(name: string): Promise<number> {
      const routes = (await load()).byName.get(name)?.routes.filter(isUsable) ?? []
      return routes.reduce(
        (sum, { channel: { learnedLimit, maxConcurrency } }) => sum + (learnedLimit ?? maxConcurrency ?? Infinity),
        0
      )
    },

    /** Returns the channel that a task was submitted to, even if it has been disabled or deleted since. */
    async channel(id: string): Promise<Connection | undefined> {
      const channel = (await load()).byId.get(id) ?? (await channels.get(id))
      const vendor = channel && vendors[channel.vendor]
      return channel && vendor && { channel, vendor, config: configOf(channel) }
    },

    configOf,

    /** Returns the name of the channel that a configuration was made of; undefined: it was made elsewhere. */
    nameOf: (config: ChannelConfig): string | undefined => names.get(config),

    /** Rows were changed here: the next call reads them again. */
    changed() {
      cached = reading = undefined
    }
  }

  /** Returns the channel as its vendor sees it, with the credential decrypted. Throws when SECRET_KEY does not fit. */
  function configOf(channel: Channel): ChannelConfig {
    const known = configs.get(channel)
    if (known) return known
    const { id, baseUrl, credential, options } = channel
    const config = {
      baseUrl,
      options,
      credential: JSON.parse(vault.decrypt(credential, credentialContext(id))) as Record<string, string>
    }
    configs.set(channel, config)
    names.set(config, channel.name)
    return config
  }
}

export type Routing = ReturnType<typeof createRouting>

const isServed = ({ routes, settings }: PublicModel) => !settings?.disabled && routes.some(isUsable)

function candidateOf({ id, models, priority, weight }: Channel, name: string): Candidate[] {
  const upstreamModel = models[name]
  return upstreamModel === undefined ? [] : [{ channel: id, upstream_model: upstreamModel, priority, weight }]
}
