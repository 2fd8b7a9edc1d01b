import { isDeepStrictEqual } from 'node:util'
import type { Attempt } from '../db/index.ts'
import type { ChannelConfig, Draft, Submission, VideoRequest } from '../vendors/vendor.ts'
import type { Route } from '../domain/route.ts'

/** What a route's vendor makes of a request. */
export interface Description {
  route: Route
  /** the channel as its vendor saw it */
  config: ChannelConfig
  video: VideoRequest
  submission: Submission
  /** the variant that the client's metadata picked, else the route's model */
  upstreamModel: string
}

/** A description that can be sent. */
export interface Plan extends Description {
  submission: Draft
}

export const isPlan = (description: Description): description is Plan => description.submission.kind === 'draft'

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

/** The description of an attempt among those that were made a moment ago; undefined when there is none, or its channel was changed since. */
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
