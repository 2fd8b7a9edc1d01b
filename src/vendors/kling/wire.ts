import { defined } from '../../lib/defined.ts'
import { answeredTasks, asPolled, asSubmitted } from './answer.ts'
import { extend, extension, withVideoId } from './extend.ts'
import { readFailure, type Reading } from './failures.ts'
import { legacy } from './legacy.ts'
import { forLastFrame, forSound, generalModel, isStandard, type KlingModel } from './models.ts'
import type { Address, Shape } from './shape.ts'
import { standard } from './standard.ts'
import { forRework } from '../shared/rework.ts'
import { soundOf } from '../shared/sound.ts'
import type { ChannelConfig, HttpRequest, Step, Vendor, VideoRequest } from '../vendor.ts'

/* Kling's API, for all vendors that serve it: two request shapes (legacy, standard), one way to read the answers. */

/** Where to query a task, without the vendor's prefix; `standard` decides the prefix. */
export interface KlingOperation extends Address {
  id: string
  standard: boolean
}

/** How one vendor serves the API. */
export interface Speaker {
  models(channel: ChannelConfig): Record<string, KlingModel>
  /** the start of a path, for each shape, e.g. `/v1/videos` */
  prefix(standard: boolean, channel: ChannelConfig): string
  reading: Reading
  /** both shapes query a task below the path it was submitted to */
  queriesByPath?: boolean
  /** the client's id that is sent instead of ours; undefined: ours */
  reference?(video: VideoRequest): string | undefined
  /** further keys of the body */
  own?(video: VideoRequest, channel: ChannelConfig): Record<string, unknown>
  /** whether `own` names the video that another is made of, in a body like any other */
  ownSources?(channel: ChannelConfig): boolean
}

type Verbs = Required<
  Pick<Vendor<KlingOperation>, 'submit' | 'sound' | 'limits' | 'submitted' | 'poll' | 'polled' | 'lookup' | 'found'>
>

/** Returns the verbs of a vendor that serves Kling's API. */
export function speakKling(speaker: Speaker): Verbs {
  const { prefix, reading } = speaker
  const lengthsOf = (channel: ChannelConfig) => (speaker.ownSources?.(channel) ? undefined : extension)
  const specOf = (video: VideoRequest, channel: ChannelConfig): KlingModel =>
    forRework(speaker.models(channel)[video.model] ?? generalModel(video.model), video, lengthsOf(channel))
  const isExtended = ({ source }: VideoRequest, channel: ChannelConfig) =>
    source !== undefined && !speaker.ownSources?.(channel)
  const shapeFor = (video: VideoRequest, channel: ChannelConfig) =>
    isExtended(video, channel) ? extend : shapeOf(video)
  const referenceOf = (video: VideoRequest, own: string) => speaker.reference?.(video) ?? own
  const get = ({ path, query }: Address, standard: boolean, channel: ChannelConfig): HttpRequest => ({
    method: 'GET',
    path: prefix(standard, channel) + path,
    ...defined({ query })
  })
  const operationOf = (video: VideoRequest, channel: ChannelConfig, id: string): KlingOperation => ({
    id,
    standard: isStandard(video.model),
    ...(speaker.queriesByPath
      ? { path: `${shapeFor(video, channel).path(video)}/${encodeURIComponent(id)}` }
      : shapeFor(video, channel).query(video, id, 'id'))
  })

  return {
    submit(video, channel) {
      const model = specOf(video, channel)
      const ownReference = speaker.reference?.(video) !== undefined
      const overrides = { ownReference, own: speaker.own?.(video, channel) ?? {} }
      const sounding = forSound(video, model, channel)
      if (sounding.kind === 'refuse') return sounding
      const ending = forLastFrame(sounding.video, model, channel)
      if (ending.kind === 'refuse') return ending
      const shape = shapeFor(video, channel)
      const sketch = shape.submit(ending.video, model, channel, overrides)
      if (sketch.kind === 'refuse') return sketch
      const { body, ...draft } = { ...sketch, warnings: [...sounding.warnings, ...ending.warnings, ...sketch.warnings] }
      const path = prefix(isStandard(video.model), channel) + shape.path(video)
      return {
        ...draft,
        first({ reference, callbackUrl }) {
          const send = (more?: object): Step => ({
            kind: 'send',
            request: {
              method: 'POST',
              path,
              body: { json: { ...more, ...body({ reference: referenceOf(video, reference), callbackUrl }) } }
            }
          })
          const made = isExtended(video, channel) ? video.source?.made : undefined
          if (!made) return send()
          return withVideoId(
            made,
            asked => get({ path: asked }, false, channel),
            reading,
            id => send({ video_id: id })
          )
        }
      }
    },
    sound(video, channel) {
      const spec = specOf(video, channel)
      if (spec.alwaysSounds) return soundOf(spec)
      return soundOf(spec, isStandard(video.model) ? audioWord : soundWord)
    },
    limits: specOf,
    submitted: (answer, video, channel) => asSubmitted(answer, reading, id => operationOf(video, channel, id)),
    poll: (operation, channel) => get(operation, operation.standard, channel),
    polled: (answer, operation) => asPolled(answer, reading, operation.id, operation.standard),
    lookup: (video, channel, { reference }) =>
      // an extension has no reference
      isExtended(video, channel)
        ? null
        : get(
            shapeOf(video).query(video, referenceOf(video, reference), 'reference'),
            isStandard(video.model),
            channel
          ),
    found(answer, video, channel, { reference, sentAt }) {
      const sent = referenceOf(video, reference)
      const tasks = answeredTasks(answer, reading, isStandard(video.model))
      if (tasks === 'unclear') return { status: 'unclear' }
      if (tasks.length === 0) return { status: 'absent' }
      // an answer without an echo counts: the query named the reference
      const [task, ...more] = tasks.filter(one => !one.reference || one.reference === sent)
      if (!task || more.length > 0) return { status: 'unclear' }
      // a client's id may belong to a task from before this submit; ours never does
      const fresh = task.createdAt !== undefined && task.createdAt >= sentAt - CLOCK_SKEW_MS
      if (sent !== reference && !fresh) return { status: 'unclear' }
      return {
        status: 'found',
        accepted: { status: 'accepted', operation: operationOf(video, channel, task.id), upstreamId: task.id },
        polled: task.polled
      }
    }
  }
}

/** Reads the answer to a probe: only failures of the account count. */
export function probedKling(answer: Parameters<NonNullable<Vendor['probed']>>[0], reading: Reading) {
  const failure = readFailure(answer, reading)
  return failure && ['auth', 'permission', 'misconfigured', 'insufficient_balance'].includes(failure.kind)
    ? failure
    : null
}

// kling.md §2.5, §3.1
const audioWord = { field: 'audio', on: 'native', off: 'off' } as const
const soundWord = { field: 'sound', on: 'on', off: 'off' } as const

// with a larger skew Kling refuses a token as not yet valid (kling.md §1)
const CLOCK_SKEW_MS = 5000

const shapeOf = ({ model }: VideoRequest): Shape => (isStandard(model) ? standard : legacy)
