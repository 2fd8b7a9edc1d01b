import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { parseIso } from '../../lib/time.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { check, refuse } from '../shared/check.ts'
import { honouredBy, imageRefusal, inputOf, ownProfile, type FieldProfile } from '../shared/field-profile.ts'
import { rejected } from '../shared/http-failure.ts'
import { bytesOf, fileName, isUrl, urlOrDataUrl } from '../shared/images.ts'
import { findAlike } from '../shared/similarity.ts'
import { callbackOf, generalOptions } from '../shared/options.ts'
import {
  accepted,
  failureOf,
  prediction,
  stateOf,
  submitFailure,
  type ReplicateOperation,
  type Prediction
} from './answer.ts'
import { replicateModels } from './models.ts'
import { verifyWebhook } from '../../lib/standard-webhooks.ts'
import {
  defineVendor,
  type Callback,
  type CallbackRequest,
  type ChannelConfig,
  type Found,
  type HttpAnswer,
  type HttpRequest,
  type LookupContext,
  type Rejected,
  type Submission,
  type SubmitContext,
  type VideoRequest
} from '../vendor.ts'

/* Replicate. Sources: replicate.com/docs/reference/http and /docs/topics/webhooks, npm replicate 1.4.0. */

export const replicate = defineVendor<ReplicateOperation>({
  id: 'replicate',
  name: 'Replicate',
  baseUrl: 'https://api.replicate.com/v1',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    callback_url: z
      .string()
      .optional()
      .describe('where Replicate reports the end instead of the address of this gateway'),
    cancel_after: z
      .string()
      .regex(/^\d+[smh]?$/)
      .optional()
      .describe('Replicate aborts a prediction after this time, e.g. 30m; 5 s to 24 h'),
    webhook_secret: z
      .string()
      .startsWith('whsec_')
      .optional()
      .describe('signing secret of the account (GET /webhooks/default/secret); without it callbacks are not verified')
  }),
  models: replicateModels,
  facts: {
    source: 'replicate.com/docs/reference/http and npm replicate 1.4.0',
    linkSeconds: 3600,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: true,
    cancel: 'any',
    lookup: 'list',
    callback: 'signed'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,

  submitted(answer) {
    const { data } = prediction.safeParse(answer.body)
    if (answer.status >= 300 || !data) return rejected(answer, submitFailure(answer))
    return accepted(data)
  },

  poll: ({ id }) => ({ method: 'GET', path: pathOf(id) }),
  polled(answer) {
    if (answer.status >= 400) return { status: 'unchanged', failure: failureOf(answer) }
    const { data } = prediction.safeParse(answer.body)
    return data ? stateOf(data) : { status: 'unchanged' }
  },

  cancel: ({ id }) => ({ method: 'POST', path: `${pathOf(id)}/cancel` }),
  cancelled(answer) {
    if (answer.status >= 300) return { status: 'unchanged', failure: failureOf(answer) }
    const { data } = prediction.safeParse(answer.body)
    const tooLate = data?.status === 'succeeded' || data?.status === 'failed'
    return { status: tooLate ? 'unchanged' : 'cancelled' }
  },

  // newest first, 100 on a page
  lookup: () => ({ method: 'GET', path: '/predictions' }),
  found,

  callback,

  probe: () => ({ method: 'GET', path: '/account' })
})

/** An unknown model: only the fields that nearly all have; the rest by `metadata.image_field` and `metadata.input`. */
const general: FieldProfile = {
  first: 'image',
  duration: { format: 'number' },
  ratios: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'],
  seed: true,
  negative: true
}

const pathOf = (id: string) => `/predictions/${encodeURIComponent(id)}`

function submit(video: VideoRequest, channel: ChannelConfig, context: SubmitContext): Submission {
  if (!/^\w[\w.-]*(\/\w[\w.-]*){0,2}(:\w+)?$/.test(video.model))
    return refuse('model', 'a model on Replicate looks like owner/name or owner/name:version')
  const profile = ownProfile(replicateModels[video.model] ?? general, video)
  const held = check(video, profile, channel, honouredBy(profile))
  if (held.kind === 'refuse') return held
  const image = imageRefusal(video, profile, channel)
  if (image) return image
  const { seconds, warnings } = held
  const large = video.images.map(({ source }) => source).filter(isLarge)
  return withUploads([...new Set(large)], {}, urls => {
    const made = inputOf(video, profile, seconds, source => urls[source] ?? urlOrDataUrl(source))
    return {
      kind: 'send',
      request: predictionRequest(video.model, made.input, channel, context),
      warnings: [...warnings, ...made.warnings]
    }
  })
}

type Urls = Readonly<Record<string, string>>

/** Sends images to the Files API one by one, then goes on with their addresses. */
function withUploads([source, ...rest]: readonly string[], urls: Urls, then: (urls: Urls) => Submission): Submission {
  if (source === undefined) return then(urls)
  const file = bytesOf(source)
  const filename = fileName('image', file)
  return {
    kind: 'upload',
    request: { method: 'POST', path: '/files', body: { multipart: [{ name: 'content', file, filename }] } },
    next(answer): Submission | Rejected {
      const url = stored.safeParse(answer.body).data?.urls.get
      if (answer.status < 300 && url) return withUploads(rest, { ...urls, [source]: url }, then)
      return { status: 'rejected', failure: failureOf(answer) }
    }
  }
}

const stored = z.object({ urls: z.object({ get: z.string() }) })

// data URLs are for files up to 256 kB (docs: predictions.create, "file inputs")
const LARGE = (256 * 1024 * 4) / 3
const isLarge = (source: string) => !isUrl(source) && source.length > LARGE

/** `owner/name` is an official model, `owner/name:version` and a bare version are community ones, `deployments/owner/name` is the account's own. */
function predictionRequest(
  model: string,
  input: Record<string, unknown>,
  channel: ChannelConfig,
  context: SubmitContext
): HttpRequest {
  const { cancel_after: cancelAfter } = channel.options
  const callbackUrl = callbackOf(channel, context)
  const isVersion = model.includes(':') || !model.includes('/')
  const owned = model.startsWith('deployments/') ? `/${model}` : `/models/${model}`
  return {
    method: 'POST',
    path: isVersion ? '/predictions' : `${owned}/predictions`,
    ...(typeof cancelAfter === 'string' && { headers: { 'cancel-after': cancelAfter } }),
    body: {
      json: {
        ...(isVersion && { version: model }),
        input,
        ...(callbackUrl && { webhook: callbackUrl, webhook_events_filter: ['completed'] })
      }
    }
  }
}

const list = z.object({ results: z.array(prediction), next: z.string().nullish() })

/** By likeness: same model and prompt (the list has the input until it is removed), made around the time of the lost submit. */
function found(
  answer: HttpAnswer,
  { model, prompt }: VideoRequest,
  _channel: ChannelConfig,
  { sentAt }: LookupContext
): Found<ReplicateOperation> {
  const { data } = list.safeParse(answer.body)
  if (answer.status >= 300 || !data) return { status: 'unclear' }
  const listed = data.results
    .filter(one => one.source !== 'web')
    .map(one => ({
      createdAt: parseIso(one.created_at ?? ''),
      settings: { model: isModel(one, model) ? model : one.model, prompt: one.input?.prompt },
      blurred: one.input?.prompt === undefined,
      accepted: accepted(one),
      polled: stateOf(one)
    }))
  return findAlike(listed, { sentAt, settings: { model, prompt } }, data.next === null)
}

function isModel({ model, version }: Prediction, wanted: string): boolean {
  const [name, wantedVersion] = wanted.split(':')
  return model === name || version === wanted || (wantedVersion !== undefined && version === wantedVersion)
}

function callback({ headers, rawBody }: CallbackRequest, { options }: ChannelConfig, now: number): Callback {
  const secret = options.webhook_secret
  if (typeof secret === 'string' && !verifyWebhook(secret, headers, rawBody, now))
    return { status: 'refused', reason: 'bad signature' }
  const { data } = prediction.safeParse(parseLossless(rawBody))
  if (!data) return { status: 'refused', reason: 'not a prediction' }
  return { status: 'accepted', upstreamId: data.id, polled: stateOf(data) }
}
