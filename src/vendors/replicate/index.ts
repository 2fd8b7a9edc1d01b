import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { parseIso } from '../../lib/time.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { rejected } from '../shared/http-failure.ts'
import { findAlike } from '../shared/similarity.ts'
import { soundOfProfile } from '../shared/field-profile.ts'
import { callbackUrl, generalOptions } from '../shared/options.ts'
import { invalidSignature, unknownBody } from '../shared/reasons.ts'
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
import { profileOf, submit } from './submit.ts'
import { verifyWebhook } from '../../lib/standard-webhooks.ts'
import { ifSeedance } from '../shared/prompt-commands.ts'
import { defineVendor } from '../define.ts'
import type {
  Callback,
  CallbackRequest,
  ChannelConfig,
  Found,
  HttpAnswer,
  LookupContext,
  VideoRequest
} from '../vendor.ts'

/* Replicate. Sources: replicate.com/docs/reference/http and /docs/topics/webhooks, npm replicate 1.4.0. */

export const replicate = defineVendor<ReplicateOperation>({
  id: 'replicate',
  name: 'Replicate',
  baseUrl: 'https://api.replicate.com/v1',
  keysUrl: 'https://replicate.com/account/api-tokens',
  docsUrl: 'https://replicate.com/docs/reference/http',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    callback_url: callbackUrl,
    cancel_after: z
      .string()
      .regex(/^\d+[smh]?$/)
      .optional()
      .describe('how long until Replicate aborts a prediction, e.g. 30m; 5s to 24h'),
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
  readPrompt: ifSeedance,
  submit,
  sound: ({ model }) => soundOfProfile(profileOf(model) ?? {}, profileOf(model) !== undefined),

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
    return tooLate ? { status: 'unchanged' } : { status: 'cancelled', requested: data?.status !== 'canceled' }
  },

  // newest first, 100 per page
  lookup: () => ({ method: 'GET', path: '/predictions' }),
  found,

  callback,

  probe: () => ({ method: 'GET', path: '/account' })
})

const pathOf = (id: string) => `/predictions/${encodeURIComponent(id)}`

const list = z.object({ results: z.array(prediction), next: z.string().nullish() })

/** By similarity: the same model and prompt (listed until the input is removed), around the time of the lost submit. */
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
  if (typeof secret === 'string' && !verifyWebhook(secret, headers, rawBody, now)) return invalidSignature
  const { data } = prediction.safeParse(parseLossless(rawBody))
  if (!data) return unknownBody
  return { status: 'accepted', upstreamId: data.id, polled: stateOf(data) }
}
