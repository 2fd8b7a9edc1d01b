import { createHash, createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { check, refuse } from '../shared/check.ts'
import { failureOf, pathOf, polled, readResult, resultOf, submitFailure, type FalOperation } from './answer.ts'
import { falModels } from './models.ts'
import {
  honouredBy,
  imageRefusal,
  inputOf,
  needsSchema,
  noImages,
  ownProfile,
  settingsOf,
  soundOfProfile,
  type FieldProfile
} from '../shared/field-profile.ts'
import { rejected } from '../shared/http-failure.ts'
import { urlOrDataUrl } from '../shared/images.ts'
import { callbackOf, callbackUrl, generalOptions } from '../shared/options.ts'
import { invalidSignature, unknownBody } from '../shared/reasons.ts'
import { inputSchemaIn, withImageFields } from '../shared/schema-fields.ts'
import { ifSeedance } from '../shared/prompt-commands.ts'
import { defineVendor } from '../define.ts'
import type {
  Callback,
  CallbackRequest,
  ChannelConfig,
  HttpRequest,
  Step,
  Submission,
  VideoRequest
} from '../vendor.ts'

/* fal queue. Sources: fal.ai/docs (queue, webhooks, model errors, request errors), @fal-ai/client 1.10.1. */

const queued = z.object({ request_id: z.string().min(1) })
const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), crv: z.string(), x: z.string() })) })

const options = z.strictObject({
  ...generalOptions,
  callback_url: callbackUrl,
  object_expiry_seconds: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("how many seconds fal keeps the files of a request; default: the account's media policy"),
  jwks: jwks
    .optional()
    .describe(
      'public keys of callbacks, as in https://rest.fal.ai/.well-known/jwks.json; without them callbacks are not verified'
    )
})

export const fal = defineVendor<FalOperation>({
  id: 'fal',
  name: 'fal',
  baseUrl: 'https://queue.fal.run',
  keysUrl: 'https://fal.ai/dashboard/keys',
  docsUrl: 'https://fal.ai/docs',
  credential: apiKey,
  options,
  models: falModels,
  facts: {
    source: 'fal.ai/docs and @fal-ai/client 1.10.1',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'any',
    lookup: 'none',
    callback: 'signed'
  },

  sign: (request, channel) => withApiKey(request, channel, 'Key'),
  readPrompt: ifSeedance,
  submit,
  sound: ({ model }) => soundOfProfile(falModels[model] ?? generalProfile(model), model in falModels),

  submitted(answer, video) {
    const { data } = queued.safeParse(answer.body)
    if (answer.status >= 300 || !data) return rejected(answer, submitFailure(answer))
    const operation = { app: appOf(video.model), id: data.request_id }
    return { status: 'accepted', operation, upstreamId: data.request_id }
  },

  poll: operation => ({ method: 'GET', path: `${pathOf(operation)}/status` }),
  polled,

  cancel: operation => ({ method: 'PUT', path: `${pathOf(operation)}/cancel` }),
  cancelled(answer) {
    // 202 CANCELLATION_REQUESTED: a running request may still complete
    if (answer.status < 300) return { status: 'cancelled', requested: true }
    // 400 ALREADY_COMPLETED: too late, the next poll returns the result
    return { status: 'unchanged', ...(answer.status !== 400 && { failure: failureOf(answer) }) }
  },

  callback
})

/** The profile of an unlisted endpoint: the names that most have. */
function generalProfile(model: string): FieldProfile {
  return {
    first: 'image_url',
    last: 'end_image_url',
    references: 'image_urls',
    duration: { format: /\/veo/.test(model) ? 'suffixed' : 'string' },
    ratios: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'],
    resolutions: ['480p', '720p', '1080p'],
    seed: true,
    negative: true
  }
}

// like parseEndpointId of @fal-ai/client: two namespaces have one more segment
function appOf(model: string): string {
  const parts = model.split('/')
  return parts.slice(0, parts[0] === 'workflows' || parts[0] === 'comfy' ? 3 : 2).join('/')
}

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  if (!/^\w[\w.-]*(\/\w[\w.-]*)+$/.test(video.model)) return refuse('model', 'must be a fal endpoint, owner/alias')
  const known = falModels[video.model]
  const profile = ownProfile(known ?? generalProfile(video.model), video)
  const schema = known === undefined && needsSchema(video) ? schemaOf(video.model, channel) : null
  const checked = check(video, profile, channel, honouredBy(profile))
  if (checked.kind === 'refuse') return checked
  const image = imageRefusal(video, profile, channel)
  if (image) return image
  const { settings, warnings, ...priced } = settingsOf(video, profile, checked.seconds)
  const expiry = channel.options.object_expiry_seconds
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings],
    ...priced,
    first(context) {
      const webhook = callbackOf(channel, context)
      const sending = (ready: VideoRequest, named: FieldProfile): Step => ({
        kind: 'send',
        request: {
          method: 'POST',
          path: `/${video.model}`,
          ...(webhook && { query: { fal_webhook: webhook } }),
          ...(expiry !== undefined && {
            headers: { 'x-fal-object-lifecycle-preference': JSON.stringify({ expiration_duration_seconds: expiry }) }
          }),
          body: { json: inputOf(ready, named, settings, urlOrDataUrl) }
        }
      })
      if (!schema) return sending(video, profile)
      return withImageFields(video, schema, inputSchemaIn, (fields, ready) =>
        sending(ready, fields ? { ...profile, ...noImages, ...fields } : profile)
      )
    }
  }
}

// others.md §8; a proxy of the queue has no schemas
function schemaOf(model: string, { baseUrl }: ChannelConfig): HttpRequest | null {
  if (!URL.parse(baseUrl)?.hostname.endsWith('.fal.run')) return null
  return { method: 'GET', path: 'https://fal.ai/api/openapi/queue/openapi.json', query: { endpoint_id: model } }
}

const TOLERANCE_SECONDS = 300
const report = z.object({
  request_id: z.string().min(1),
  status: z.string().nullish(),
  payload: z.unknown().optional()
})

function callback(request: CallbackRequest, channel: ChannelConfig, now: number): Callback {
  const keys = jwks.safeParse(channel.options.jwks).data
  if (keys && !isSigned(request, keys, now)) return invalidSignature
  const { data } = report.safeParse(parseLossless(request.rawBody))
  if (!data) return unknownBody
  // without a payload (too large, or the queue failed) only a poll can tell
  if (!data.payload) return { status: 'accepted', upstreamId: data.request_id }
  const polled =
    data.status === 'OK' ? resultOf(data.payload) : readResult({ status: 422, headers: {}, body: data.payload })
  return { status: 'accepted', upstreamId: data.request_id, polled }
}

// Ed25519 over request id, user id, timestamp and the body's SHA-256, one per line (fal.ai/docs, webhooks)
function isSigned({ headers, rawBody }: CallbackRequest, { keys }: z.infer<typeof jwks>, now: number): boolean {
  const [id, user, time, signature] = ['request-id', 'user-id', 'timestamp', 'signature'].map(
    name => headers[`x-fal-webhook-${name}`]
  )
  if (!id || !user || !time || !signature) return false
  if (!(Math.abs(now / 1000 - Number(time)) <= TOLERANCE_SECONDS)) return false
  const message = [id, user, time, createHash('sha256').update(rawBody).digest('hex')].join('\n')
  return keys
    .filter(({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519')
    .some(({ kty, crv, x }) => {
      const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
      return verify(null, Buffer.from(message), key, Buffer.from(signature, 'hex'))
    })
}
