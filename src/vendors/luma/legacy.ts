import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { parseIso } from '../../lib/time.ts'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { audioOf, billed, resolutionAmong, secondsIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { defined } from '../../lib/defined.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { byRole, isUrl } from '../shared/images.ts'
import { findAlike } from '../shared/similarity.ts'
import { callbackOf, callbackUrl, generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { forRework, onlyMade } from '../shared/rework.ts'
import { ratioOf } from '../shared/size.ts'
import { unknownBody } from '../shared/reasons.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { defineVendor } from '../define.ts'
import type {
  Callback,
  CallbackRequest,
  ChannelConfig,
  Failure,
  Found,
  HttpAnswer,
  LookupContext,
  ModelSpec,
  Polled,
  Submission,
  VideoRequest
} from '../vendor.ts'

/* Luma Dream Machine v1, the API before Agents; its keys are not interchangeable. Source: lumaai 1.19.1 (SDK types). */

interface Operation {
  id: string
}

const ray2 = {
  seconds: [5, 9],
  ratios: ['1:1', '16:9', '9:16', '4:3', '3:4', '21:9', '9:21'],
  resolutions: ['540p', '720p', '1080p', '4k'],
  images: ['first', 'last'],
  audio: false,
  // keyframes of generations (SDK types)
  reworks: ['extend']
} as const satisfies ModelSpec

export const lumaLegacy = defineVendor<Operation>({
  id: 'luma-legacy',
  name: 'Luma Dream Machine (legacy)',
  baseUrl: 'https://api.lumalabs.ai/dream-machine/v1',
  keysUrl: 'https://lumalabs.ai/dream-machine/api/keys',
  docsUrl: 'https://docs.lumalabs.ai',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    callback_url: callbackUrl
  }),
  models: { 'ray-2': ray2, 'ray-flash-2': ray2 },
  facts: {
    source: 'lumaai 1.19.1 (SDK types)',
    checked: '2026-11-30',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'any',
    lookup: 'list',
    callback: 'unsigned'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: () => soundOf(ray2),
  limits: specOf,

  submitted(answer) {
    const { data } = generation.safeParse(answer.body)
    if (answer.status >= 300 || !data) return rejected(answer, failureOf(answer))
    return accepted(data)
  },

  poll: ({ id }) => ({ method: 'GET', path: pathOf(id) }),
  polled(answer) {
    // its own 404 is about the task; a bare one may be a proxy's
    if (answer.status === 404 && refusal.safeParse(answer.body).success)
      return { status: 'failed', failure: failureOf(answer) }
    if (answer.status >= 400) return { status: 'unchanged', failure: failureOf(answer) }
    const { data } = generation.safeParse(answer.body)
    return data ? stateOf(data) : { status: 'unchanged' }
  },

  cancel: ({ id }) => ({ method: 'DELETE', path: pathOf(id) }),
  cancelled: answer =>
    answer.status < 300 ? { status: 'cancelled' } : { status: 'unchanged', failure: failureOf(answer) },

  lookup: () => ({ method: 'GET', path: '/generations', query: { limit: '100', offset: '0' } }),
  found,

  callback,

  probe: () => ({ method: 'GET', path: '/credits' })
})

const pathOf = (id: string) => `/generations/${encodeURIComponent(id)}`

function specOf(video: VideoRequest): ModelSpec {
  const { images, reworks } = ray2
  return forRework(video.model in lumaLegacy.models ? ray2 : { images, reworks }, video)
}

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = specOf(video)
  const checked = check(video, spec, channel, ['size'])
  if (checked.kind === 'refuse') return checked
  if (video.images.some(({ source }) => !isUrl(source)))
    return refuse('image', 'Luma Dream Machine accepts images only as public URLs')
  const { source } = video
  if (source && !source.made) return onlyMade(source)
  const { first, last } = byRole(video)
  const ratio = ratioOf(video, ray2.ratios)
  const resolution = resolutionOfSize(video, ray2.resolutions)
  const keyframes = {
    ...(source?.made && { frame0: { type: 'generation', id: source.made.id } }),
    ...(first !== undefined && { frame0: { type: 'image', url: first } }),
    ...(last !== undefined && { frame1: { type: 'image', url: last } })
  }
  const own = {
    ...(ratio && { aspect_ratio: ratio }),
    ...defined({ resolution: video.metadata.resolution ?? resolution }),
    ...(checked.seconds !== undefined && { duration: `${checked.seconds}s` }),
    ...((source || video.images.length > 0) && { keyframes })
  }
  const given = passThrough(video.metadata, ['aspect_ratio', 'resolution', 'generation_type'])
  const { fields: settings, warnings } = mergeUnder(own, given, ['prompt'])
  const stated = {
    seconds: secondsIn(settings.duration) ?? usualSeconds(spec),
    resolution: resolutionAmong(ray2.resolutions, settings.resolution, resolution),
    audio: audioOf(ray2),
    ...(source && { video: true })
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings],
    ...billed(video, stated, settings),
    first(context) {
      const callback_url = callbackOf(channel, context)
      const body = {
        generation_type: 'video',
        model: video.model,
        prompt: video.prompt,
        ...settings,
        ...(callback_url && { callback_url })
      }
      return { kind: 'send', request: { method: 'POST', path: '/generations/video', body: { json: body } } }
    }
  }
}

const generation = z.object({
  id: z.string().min(1),
  state: z.string().nullish(),
  failure_reason: textFact,
  created_at: textFact,
  model: textFact,
  assets: z.object({ video: linkOrNone, image: linkOrNone.catch(null) }).nullish(),
  request: z.object({ prompt: textFact }).nullish().catch(null)
})
type Generation = z.infer<typeof generation>

function accepted({ id, state }: Generation) {
  return {
    status: 'accepted' as const,
    operation: { id },
    upstreamId: id,
    ...(state === 'dreaming' && { running: true })
  }
}

function stateOf({ state, assets, failure_reason }: Generation): Polled<Operation> {
  switch (state ?? '') {
    case 'queued':
      return { status: 'queued' }
    case 'completed': {
      const { video: url, image: coverUrl } = assets ?? {}
      if (!url) return noVideo
      return { status: 'succeeded', videos: [{ at: { url }, ...(coverUrl && { coverUrl }) }] }
    }
    case 'failed': {
      const message = failure_reason || textOfKind('unknown')
      // free text: only a content refusal can be recognized
      const kind = /moderat|safety|polic|nsfw|inappropriate/i.test(message) ? 'content_policy' : 'unknown'
      return { status: 'failed', failure: { kind, message } }
    }
    default:
      return { status: 'running' }
  }
}

const list = z.object({ generations: z.array(generation), has_more: z.boolean().nullish() })

/** By similarity: the same model and prompt (Luma echoes the request), around the time of the lost submit. */
function found(
  answer: HttpAnswer,
  { model, prompt }: VideoRequest,
  _channel: ChannelConfig,
  { sentAt }: LookupContext
): Found<Operation> {
  const { data } = list.safeParse(answer.body)
  if (answer.status >= 300 || !data) return { status: 'unclear' }
  const listed = data.generations.map(one => ({
    createdAt: parseIso(one.created_at ?? ''),
    settings: { model: one.model, prompt: one.request?.prompt },
    accepted: accepted(one),
    polled: stateOf(one)
  }))
  return findAlike(listed, { sentAt, settings: { model, prompt } }, data.has_more === false)
}

/** Unsigned: the only proof is the token in our URL. */
function callback({ rawBody }: CallbackRequest): Callback {
  const { data } = generation.safeParse(parseLossless(rawBody))
  if (!data) return unknownBody
  return { status: 'accepted', upstreamId: data.id, polled: stateOf(data) }
}

const refusal = z.object({ detail: z.string() })

function failureOf(answer: HttpAnswer): Failure {
  const message = refusal.safeParse(answer.body).data?.detail || excerpt(answer)
  return { kind: kindOfStatus(answer.status), message, ...retryAfter(answer) }
}
