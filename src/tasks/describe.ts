import { isDeepStrictEqual } from 'node:util'
import type { Attempt, Key } from '../db/index.ts'
import { usualLengths } from '../domain/fit.ts'
import type { Expected } from '../domain/new-task.ts'
import { expectedSize } from '../domain/picture.ts'
import type { Route } from '../domain/route.ts'
import { wholeLength } from '../domain/request.ts'
import { defined } from '../lib/defined.ts'
import type {
  ChannelConfig,
  Draft,
  ModelSpec,
  Refusal,
  Rework,
  SourceVideo,
  Submission,
  VideoRequest,
  Warning
} from '../vendors/vendor.ts'

/** A request as a route's vendor would submit it. */
export interface Description {
  route: Route
  /** the channel as it was then */
  config: ChannelConfig
  video: VideoRequest
  submission: Submission
  /** the length that is sent, the usual one when the request names none; absent: none is sent */
  seconds?: number
  /** the variant that the client's metadata picked, else the route's model */
  upstreamModel: string
  /** the public names of that variant, where the client's metadata picked one: its price is the one that counts */
  variantNames?: readonly string[]
}

/** A description that can be submitted: the vendor did not refuse it. */
export interface Plan extends Description {
  submission: Draft
}

/** Whether a description can be submitted. */
export const isPlan = (description: Description): description is Plan => description.submission.kind === 'draft'

/** A length that the model chooses. */
const ANY = -1

/** Whether a description was refused because of its length, and another may do. */
export const hasWrongLength = ({ submission, video }: Description) =>
  submission.kind === 'refuse' && submission.param === 'duration' && video.seconds !== ANY

/**
 * Lets the route's vendor check and describe a request. One that names no length gets the model's usual one, so that the length that is paid
 * for is also the one that is sent. Never throws: a refusal is part of the description.
 */
export function describe(route: Route, config: ChannelConfig, asked: VideoRequest): Description {
  const { source } = asked
  if (!source) return describeOwn(route, config, asked)
  const description = describeOwn(route, config, { ...asked, source: seenBy(route, source) })
  // other routes see other sides of it
  return { ...description, video: { ...description.video, source } }
}

/** Returns a source as the vendor of a route is told of it: a handle is of use only to the channel that has the video. */
function seenBy({ channel }: Route, { made, ...source }: SourceVideo): SourceVideo {
  return { ...source, ...(made?.channelId === channel.id && { made }) }
}

function describeOwn(route: Route, config: ChannelConfig, asked: VideoRequest): Description {
  const read = route.vendor.readPrompt?.(asked) ?? { video: asked, warnings: [] }
  if ('kind' in read) return { route, config, video: asked, submission: read, upstreamModel: route.upstreamModel }
  return withWarnings(describeRead(route, config, read.video), read.warnings)
}

function describeRead(route: Route, config: ChannelConfig, video: VideoRequest): Description {
  const { upstreamModel } = route
  const refused = reworkRefusal(route, config, video) ?? characterRefusal(route, config, video)
  if (refused) return { route, config, video, submission: refused, upstreamModel }
  if (video.seconds === ANY && !limitsOf(route, config, video).choosesSeconds) {
    // Seedance's word for a length of its own; elsewhere it is a mistake, and a guess would be paid for
    const reason = `${video.model} chooses no length itself; it must be greater than 0`
    return { route, config, video, submission: { kind: 'refuse', param: 'duration', reason }, upstreamModel }
  }
  if (video.seconds === undefined && (video.source?.rework ?? 'extend') === 'extend') {
    for (const seconds of usualLengths(limitsOf(route, config, video))) {
      const usual = describeAsked(route, config, { ...video, seconds })
      if (!hasWrongLength(usual)) return { ...usual, video }
    }
  }
  return describeAsked(route, config, video)
}

function reworkRefusal(route: Route, config: ChannelConfig, video: VideoRequest): Refusal | null {
  if (!video.source) return null
  const { rework } = video.source
  if (!canRework(route, config, rework))
    return { kind: 'refuse', param: 'model', reason: `${video.model} cannot ${rework} videos` }
  if (rework === 'extend' || video.seconds === undefined) return null
  return { kind: 'refuse', param: 'duration', reason: 'cannot be set: the length stays that of the video' }
}

/** Whether a route's model can make another video of one. */
export function canRework(route: Route, config: ChannelConfig, rework: Rework): boolean {
  const video = { model: route.upstreamModel, prompt: '', images: [], metadata: {}, source: { rework } }
  return limitsOf(route, config, video).reworks?.includes(rework) ?? false
}

function characterRefusal(route: Route, config: ChannelConfig, video: VideoRequest): Refusal | null {
  const { characters = [] } = video
  const isHere = characters.every(({ channelId }) => channelId === route.channel.id)
  if (characters.length === 0 || (isHere && takesCharacters(route, config))) return null
  return { kind: 'refuse', param: 'characters', reason: 'are not known to this channel' }
}

/** Whether a route's model takes characters, and its channel makes them. */
export function takesCharacters(route: Route, config: ChannelConfig): boolean {
  const video = { model: route.upstreamModel, prompt: '', images: [], metadata: {} }
  return route.vendor.character !== undefined && limitsOf(route, config, video).characters === true
}

/** Adds warnings, before the vendor's own; a refusal has none. */
export function withWarnings(description: Description, warnings: readonly Warning[]): Description {
  if (!isPlan(description) || warnings.length === 0) return description
  const { submission } = description
  return { ...description, submission: { ...submission, warnings: [...warnings, ...submission.warnings] } }
}

/** Returns what is expected of the video; undefined where it is unknown. */
export function expectationOf({ route, config, video, seconds, submission }: Plan): Expected {
  const { source } = video
  const size = source?.size ?? expectedSize(video, submission, limitsOf(route, config, video))
  return { seconds: wholeLength(source, seconds), size }
}

/** Returns what a request is checked against on a route; empty when nothing is known of its model. */
export function limitsOf({ vendor }: Route, config: ChannelConfig, video: VideoRequest): ModelSpec {
  const { models } = vendor
  // names come from outside: `constructor` is not a model
  const known = Object.hasOwn(models, video.model) ? models[video.model]! : {}
  return vendor.limits?.(video, config) ?? known
}

function describeAsked(route: Route, config: ChannelConfig, video: VideoRequest): Description {
  const submission = route.vendor.submit(video, config)
  const described = { route, config, video, submission, upstreamModel: route.upstreamModel }
  if (submission.kind === 'refuse') return described
  const { model, billing } = submission
  const { seconds } = video
  // a vendor may round the length, and says so; one that its model chooses is at most this long
  const length = billing.seconds ?? (seconds === ANY ? undefined : seconds)
  const priced = { ...described, ...defined({ seconds: seconds && length }) }
  if (model === undefined) return priced
  // a client's metadata may pick a variant, but only one that the operator put on the channel
  const { models } = route.channel
  const variantNames = Object.keys(models).filter(name => models[name] === model)
  if (variantNames.length) return { ...priced, upstreamModel: model, variantNames }
  return refusedVariant(described, `${model} is not a model of this channel`)
}

/** Refuses the variant unless the key may use one of its public names, and keeps those. */
export function permitted(key: Pick<Key, 'models'>, description: Description): Description {
  const { variantNames, upstreamModel } = description
  if (!variantNames || !key.models) return description
  const names = variantNames.filter(name => key.models!.includes(name))
  if (names.length) return { ...description, variantNames: names }
  return refusedVariant(description, `this key may not use ${upstreamModel}`)
}

const refusedVariant = (description: Description, reason: string): Description => ({
  ...description,
  submission: { kind: 'refuse', param: 'metadata', reason }
})

/** Finds an attempt's description among earlier ones; undefined when there is none, or its channel has changed since. */
export function describedFor(
  { channelId, upstreamModel }: Pick<Attempt, 'channelId' | 'upstreamModel'>,
  { baseUrl, options }: ChannelConfig,
  descriptions: readonly Description[]
): Description | undefined {
  return descriptions.find(
    ({ route, config, upstreamModel: variant }) =>
      route.channel.id === channelId &&
      (variant === upstreamModel || route.upstreamModel === upstreamModel) &&
      config.baseUrl === baseUrl &&
      isDeepStrictEqual(config.options, options)
  )
}
