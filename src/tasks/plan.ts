import type { DurationPolicy, Key } from '../db/index.ts'
import type { CreateRequest } from '../domain/new-task.ts'
import { nameOf, toVideoRequest } from '../domain/request.ts'
import { isUsable, type Route } from '../domain/route.ts'
import { ApiError } from '../errors.ts'
import { defined } from '../lib/defined.ts'
import type { MadeCharacter, Refusal, Rework, SourceVideo, Warning } from '../vendors/vendor.ts'
import { canRework, describe, isPlan, permitted, takesCharacters, type Description, type Plan } from './describe.ts'
import { fitted } from './fitting.ts'
import type { Routing } from './routing.ts'
import type { CharacterFinder } from './own-characters.ts'
import type { Sources } from './source.ts'

/** A create request that may not name a model. */
export type AskedRequest = Omit<CreateRequest, 'model'> & { model?: string | undefined }

/** The routes that can serve a request, and the descriptions of all routes. */
interface Plans {
  plans: Plan[]
  descriptions: readonly Description[]
}

/** A request, and what vendors are told of its video and characters. */
interface Asked {
  request: CreateRequest
  source: SourceVideo | undefined
  characters: readonly MadeCharacter[] | undefined
}

/** What a model is looked for that can do it. */
interface Ability {
  /** after "can": `edit videos` */
  does: string
  can(model: string): Promise<boolean>
  /** what the client calls the model */
  param: string
}

interface Dependencies {
  routing: Routing
  sources: Sources
  characters: CharacterFinder
  defaultModel: string | undefined
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
}

/** Decides which model a request means, and which routes can serve it. */
export function createPlanner({ routing, sources, characters, defaultModel, refuseAddress }: Dependencies) {
  /** Returns the model to use: the one named, else the default, else the only one this key may use. */
  async function modelFor(key: Key, named: string | undefined): Promise<string> {
    const model = named === undefined ? (defaultModel ?? (await onlyModel(key))) : await known(named)
    if (model === undefined)
      throw new ApiError('invalid_request', {
        param: 'model',
        message: 'Name a model. GET /v1/models lists the ones this key may use.'
      })
    if (key.models && !key.models.includes(model))
      throw new ApiError('model_not_allowed', { param: 'model', message: `This key may not use ${model}.` })
    return model
  }

  /** Whether a route of a model can make another video of one. */
  async function can(model: string, rework: Rework): Promise<boolean> {
    const { routes = [] } = (await routing.find(model)) ?? {}
    return routes.filter(isUsable).some(route => canRework(route, routing.configOf(route.channel), rework))
  }

  /** Returns the request with what the model that it means can make of its source. Throws like `modelFor`. */
  async function decided(key: Key, asked: AskedRequest): Promise<AskedRequest> {
    if (!asked.source) return asked
    const { or, ...source } = asked.source
    if (or === undefined) return asked
    const named = asked.model ?? (await sources.taskOf(key, asked))?.model ?? defaultModel
    const model = named === undefined ? undefined : await known(named)
    const isOther = model !== undefined && !(await can(model, source.rework)) && (await can(model, or))
    return { ...asked, source: { ...source, rework: isOther ? or : source.rework } }
  }

  /** Returns the model that edits, extends or remixes: the one named, else the one that made the video, else the default, else the only one. */
  async function modelForRework(key: Key, asked: AskedRequest, rework: Rework): Promise<string> {
    const task = await sources.taskOf(key, asked)
    const given = asked.model ?? task?.model
    return modelThat(key, given, {
      does: `${rework} videos`,
      can: model => can(model, rework),
      param: nameOf(asked, 'model')
    })
  }

  /** Returns the model that can do something: the one given, else the default, else the only one. Throws unsupported naming those that can. */
  async function modelThat(key: Key, given: string | undefined, { does, can: able, param }: Ability): Promise<string> {
    const model = given === undefined ? defaultModel : await modelFor(key, given)
    if (model !== undefined && (await able(model))) return modelFor(key, model)
    const others: string[] = []
    for (const name of await modelsOf(key)) if (await able(name)) others.push(name)
    const [only, ...more] = others
    if (given === undefined && only !== undefined && more.length === 0) return only
    const why = model === undefined ? `Name a model that can ${does}.` : `${model} cannot ${does}.`
    const which = others.length ? `These models can: ${others.join(', ')}.` : 'No model of this key can.'
    throw new ApiError('unsupported', { param, message: `${why} ${which}`, shouldRetry: false })
  }

  /** Whether a route of a model takes characters; `channelId`: those of one channel. */
  async function canUseCharacters(model: string, channelId?: string): Promise<boolean> {
    const { routes = [] } = (await routing.find(model)) ?? {}
    return routes
      .filter(route => isUsable(route) && (channelId === undefined || route.channel.id === channelId))
      .some(route => takesCharacters(route, routing.configOf(route.channel)))
  }

  /** Returns the model of a create with characters, which only the channel that has them can use. Throws like `modelThat`. */
  async function modelWithCharacters(key: Key, asked: AskedRequest): Promise<string> {
    const param = nameOf(asked, 'model')
    if (asked.source) {
      const message = 'characters: cannot be used when a video is made of another.'
      throw new ApiError('unsupported', { param: 'characters', message, shouldRetry: false })
    }
    const [first] = (await characters.of(key, asked)) ?? []
    const can = (model: string) => canUseCharacters(model, first?.channelId)
    return modelThat(key, asked.model, { does: 'use these characters', can, param })
  }

  /** `provider/model`, as routers write it, is the model behind the slash where nothing has the whole name. */
  async function known(name: string): Promise<string> {
    for (let rest = name; ; rest = rest.slice(rest.indexOf('/') + 1)) {
      if (await routing.find(rest)) return rest
      if (!rest.includes('/')) return name
    }
  }

  async function onlyModel(key: Key): Promise<string | undefined> {
    const models = await modelsOf(key)
    return models.length === 1 ? models[0] : undefined
  }

  async function modelsOf(key: Key): Promise<string[]> {
    const names = await routing.names()
    return key.models ? names.filter(name => key.models!.includes(name)) : names
  }

  /**
   * Returns the routes that can serve the request, each with its description, and the number of tasks it fans out into: several videos that no
   * vendor makes in one submit become one task each. Throws the first refusal as invalid_request when no route can, and no_channel_available.
   */
  async function plan(key: Key, request: CreateRequest): Promise<Plans & { fanOut: number }> {
    const [all, source] = [await routing.routesFor(request.model), await sources.of(key, request)]
    const those = await characters.of(key, request)
    // the vendor that has the video needs no file of it
    const hasIt = ({ channel }: Route) => channel.id === source?.made?.channelId
    const inOrder = [...all.filter(hasIt), ...all.filter(route => !hasIt(route))]
    const routes = inOrder.filter(({ channel }) => !those || channel.id === those[0]?.channelId)
    const model = await routing.find(request.model)
    const own = key.durationPolicy ?? model?.settings?.durationPolicy
    const matching = (asked: CreateRequest) =>
      matchingRoutes(key, routes, { request: asked, source, characters: those }, route => own ?? policyOf(route))
    const together = matching(request)
    if (together.plans.length) return { ...together, fanOut: 1 }
    const { n = 1 } = request
    const single = n > 1 && together.refused?.param === 'n' ? matching({ ...request, n: 1 }) : together
    if (single.plans.length) return { ...single, fanOut: n }
    if (!single.refused) throw new ApiError('no_channel_available', { param: 'model' })
    const param = nameOf(request, single.refused.param)
    const { reason } = single.refused
    throw new ApiError('invalid_request', { param, message: `${param}: ${reason}` })
  }

  /** Routes that can make the asked length go before those that cannot; `policyFor` says what becomes of it when none can. */
  function matchingRoutes(
    key: Key,
    routes: readonly Route[],
    { request, ...has }: Asked,
    policyFor: (route: Route) => DurationPolicy
  ): Plans & { refused?: Refusal } {
    const asked = routes.map(route =>
      describe(
        route,
        routing.configOf(route.channel),
        toVideoRequest(request, route.upstreamModel, has.source, has.characters)
      )
    )
    const made = (asked.some(isPlan) ? undefined : fitted(asked, policyFor)) ?? asked
    const descriptions = made.map(description => permitted(key, description))
    const refused = descriptions.map(({ submission }) => submission).find(submission => submission.kind === 'refuse')
    return { plans: descriptions.filter(isPlan), descriptions, ...defined({ refused }) }
  }

  return {
    /** Returns the models that a key may use. */
    modelsOf,
    plan,
    canUseCharacters,

    /** Returns the model whose channel makes a character. Throws unsupported, model_not_allowed. */
    modelForCharacters: (key: Key, named: string | undefined) =>
      modelThat(key, named, { does: 'make characters', can: canUseCharacters, param: 'model' }),

    /** Returns what a model can make of another video. */
    async reworksOf(model: string): Promise<Rework[]> {
      const found = await Promise.all(reworks.map(async rework => ((await can(model, rework)) ? [rework] : [])))
      return found.flat()
    },

    /** Returns the request with its model. Throws invalid_request, unsupported, model_not_allowed, and what a source may. */
    async checked(key: Key, given: AskedRequest): Promise<CreateRequest> {
      const asked = await decided(key, given)
      const refused = asked.callback_url === undefined ? null : refuseAddress(asked.callback_url)
      if (refused !== null) {
        const param = nameOf(asked, 'callback_url')
        throw new ApiError('invalid_request', { param, message: `${param}: ${refused}` })
      }
      const { model, source } = asked
      if (asked.characters?.length) return { ...asked, model: await modelWithCharacters(key, asked) }
      return { ...asked, model: source ? await modelForRework(key, asked, source.rework) : await modelFor(key, model) }
    }
  }
}

const reworks: readonly Rework[] = ['edit', 'extend', 'remix']

/** Returns a channel's own policy. */
export function policyOf({ channel: { options } }: Route): DurationPolicy {
  const { duration_policy: policy } = options
  return policy === 'up' || policy === 'refuse' ? policy : 'nearest'
}

export type Planner = ReturnType<typeof createPlanner>

/** Returns the warnings for the client, with its own names of the fields. `asked`: those about how the body was read. */
export function warningsOf({ submission }: Plan, request: CreateRequest, asked: readonly Warning[]): Warning[] {
  const renamed = submission.warnings.map(({ field, reason }) => ({ field: nameOf(request, field), reason }))
  return [...renamed, ...asked]
}
