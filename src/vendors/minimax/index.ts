import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { hailuoModels, h3Model, h3Models, isH3 } from './models.ts'
import { pollV1, polledV1, submittedV1, submitV1, type V1Operation } from './v1.ts'
import {
  cancelledV2,
  cancelV2,
  foundV2,
  lookupV2,
  pollV2,
  polledV2,
  submittedV2,
  submitV2,
  type V2Operation
} from './v2.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { unknownBody } from '../shared/reasons.ts'
import { minimaxPrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type { Callback, ModelSpec } from '../vendor.ts'

/* MiniMax: the model's name decides which of its two APIs is used. Source: platform.minimax.io. */

export const minimax = defineVendor<V1Operation | V2Operation>({
  id: 'minimax',
  name: 'MiniMax (Hailuo)',
  baseUrl: 'https://api.minimax.io',
  regions: [
    { id: 'global', baseUrl: 'https://api.minimax.io', label: 'Global' },
    {
      id: 'cn',
      baseUrl: 'https://api.minimaxi.com',
      label: 'China',
      keysUrl: 'https://platform.minimaxi.com/user-center/basic-information/interface-key'
    }
  ],
  keysUrl: 'https://platform.minimax.io/user-center/basic-information/interface-key',
  docsUrl: 'https://platform.minimax.io/docs',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: { ...h3Models, ...hailuoModels },
  prices: minimaxPrices,
  facts: {
    source: 'platform.minimax.io: v2-video-generation.json, v1 video pages, error codes',
    checked: '2026-11',
    missing: 'video regeneration and H3-Context-IR',
    // v1; for v2 the documents only say that links expire
    linkSeconds: 3600,
    linkRenews: true,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'queued',
    lookup: 'list',
    callback: 'unsigned'
  },

  sign: (request, channel) => withApiKey(request, channel),

  submit: (video, channel) => (isH3(video.model) ? submitV2 : submitV1)(video, channel),
  // H3 always has sound: its API has no setting for it
  sound: ({ model }) => soundOf(specOf(model)),
  limits: ({ model }) => specOf(model),
  submitted: (answer, video) => (isH3(video.model) ? submittedV2(answer) : submittedV1(answer)),

  poll: operation => (operation.api === 'v2' ? pollV2(operation) : pollV1(operation)),
  polled: (answer, operation) => (operation.api === 'v2' ? polledV2(answer) : polledV1(answer)),

  cancel: operation => (operation.api === 'v2' ? cancelV2(operation) : null),
  cancelled: answer => cancelledV2(answer),

  // v1 has no list, and its tasks are not in this one
  lookup: video => lookupV2(video),
  found: (answer, video, channel, context) =>
    isH3(video.model) ? foundV2(answer, video, channel, context) : { status: 'unclear' },

  callback: ({ rawBody }) => readCallback(rawBody),

  probe: () => ({ method: 'GET', path: '/v2/query/video_generation', query: { page_num: '1', page_size: '1' } })
})

const firstCall = z.object({ challenge: z.string() })
const v2Body = z.object({ task: z.object({ id: z.string().min(1) }) })
const v1Body = z.object({ task_id: z.union([z.string().min(1), z.number()]).transform(String) })

/** The first call to a new URL is a challenge, to be echoed within 3 s; every other one is about a task. */
function readCallback(rawBody: string): Callback {
  const body = parseLossless(rawBody)
  const challenge = firstCall.safeParse(body).data?.challenge
  if (challenge !== undefined) return { status: 'accepted', upstreamId: null, reply: { challenge } }
  const upstreamId = v2Body.safeParse(body).data?.task.id ?? v1Body.safeParse(body).data?.task_id
  return upstreamId ? { status: 'accepted', upstreamId } : unknownBody
}

const specOf = (model: string): ModelSpec => (isH3(model) ? h3Model(model) : (hailuoModels[model] ?? {}))
