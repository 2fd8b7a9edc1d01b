import { isDeepStrictEqual } from 'node:util'
import type { Attempt } from '../db/index.ts'
import type { ChannelConfig, Draft, Submission, VideoRequest } from '../vendors/vendor.ts'
import type { Route } from '../domain/route.ts'

/** A request as a route's vendor would submit it. */
export interface Description {
  route: Route
  /** the channel as it was then */
  config: ChannelConfig
  video: VideoRequest
  submission: Submission
  /** the variant that the client's metadata picked, else the route's model */
  upstreamModel: string
}

/** A description that can be submitted: the vendor did not refuse it. */
export interface Plan extends Description {
  submission: Draft
}

/** Whether a description can be submitted. */
export const isPlan = (description: Description): description is Plan => description.submission.kind === 'draft'

/** Lets the route's vendor check and describe a request. Never throws: a refusal is part of the description. */
export function describe(route: Route, config: ChannelConfig, video: VideoRequest): Description {
  const submission = route.vendor.submit(video, config)
  const described = { route, config, video, submission, upstreamModel: route.upstreamModel }
  if (submission.kind === 'refuse' || submission.model === undefined) return described
  const { model } = submission
  // a client's metadata may pick a variant, but only one that the operator put on the channel
  if (Object.values(route.channel.models).includes(model)) return { ...described, upstreamModel: model }
  const reason = `${model} is not a model of this channel`
  return { ...described, submission: { kind: 'refuse', param: 'metadata', reason } }
}

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
