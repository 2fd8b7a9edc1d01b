import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest, Polled } from '../vendor.ts'
import { failureOf, meaningOf, refusedSubmit, unusable } from './failures.ts'
import { tencentModels } from './models.ts'
import { tencentPrices } from './prices.ts'
import { signTencent } from './signature.ts'
import { actionRequest, submit } from './submit.ts'

/*
 * Hunyuan video on Tencent Cloud (vclm, API 3.0). Sources: cloud.tencent.com/document/product/1616 (126160, 126162, 107787),
 * tencentcloud-sdk-nodejs and -go (vclm 2024-05-23).
 */

const SERVICE = 'vclm'
const LINK_SECONDS = 86_400

interface Operation {
  jobId: string
  /** the action that asks for it */
  action: string
}

export const tencent = defineVendor<Operation>({
  id: 'tencent',
  name: 'Tencent Cloud (Hunyuan)',
  baseUrl: 'https://vclm.tencentcloudapi.com',
  regions: [{ id: 'cn', baseUrl: 'https://vclm.tencentcloudapi.com', label: 'China' }],
  keysUrl: 'https://console.cloud.tencent.com/cam/capi',
  docsUrl: 'https://cloud.tencent.com/document/product/1616',
  credential: {
    fields: [
      { name: 'secret_id', label: 'SecretId', secret: false },
      { name: 'secret_key', label: 'SecretKey', secret: true },
      { name: 'token', label: 'Token (temporary credentials)', secret: true, optional: true }
    ],
    parse: text => credential.safeParse(text.trim()).data ?? null
  },
  options: z.strictObject({
    ...generalOptions,
    region: z
      .string()
      .regex(/^[a-z]+-[a-z0-9-]+$/)
      .optional()
      .describe('region of the requests (`X-TC-Region`); default: ap-guangzhou')
  }),
  models: tencentModels,
  prices: tencentPrices,
  facts: {
    source:
      'cloud.tencent.com/document/product/1616 (126160, 126162, 128602), tencentcloud-sdk-nodejs (vclm 2024-05-23)',
    checked: '2026-11-30',
    missing: 'resold models of Kling and Vidu, effects, portraits, dubbing and edits',
    linkSeconds: LINK_SECONDS,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign,
  submit,
  sound: ({ model }) => soundOf(tencentModels[model] ?? {}),

  submitted(answer, { model }) {
    const { JobId: jobId } = accepted.safeParse(answer.body).data?.Response ?? {}
    if (answer.status >= 300 || !jobId) return refusedSubmit(answer)
    // true because only a model of the table is submitted
    return {
      status: 'accepted',
      operation: { jobId, action: `Describe${tencentModels[model]!.action}` },
      upstreamId: jobId
    }
  },

  poll: ({ jobId, action }, channel) => actionRequest(action, { JobId: jobId }, channel),
  polled,

  // asking for a job that cannot exist is free; the signature is checked first
  probe: channel => actionRequest('DescribeHunyuanToVideoJob', { JobId: '0' }, channel),
  probed(answer) {
    const failure = failureOf(answer)
    return failure && unusable.has(failure.kind) ? failure : null
  }
})

const credential = z
  .string()
  .regex(/^[^|\s]+\|[^|\s]+(\|[^|\s]+)?$/)
  .transform(text => {
    const [secret_id = '', secret_key = '', token] = text.split('|')
    return { secret_id, secret_key, ...(token && { token }) }
  })

function sign(request: HttpRequest, channel: ChannelConfig, now: number): HttpRequest {
  const { secret_id = '', secret_key = '', token } = channel.credential
  const contentType = 'application/json'
  const timestamp = Math.floor(now / 1000)
  const { authorization } = signTencent({
    secretId: secret_id,
    secretKey: secret_key,
    service: SERVICE,
    headers: {
      'content-type': contentType,
      host: new URL(channel.baseUrl).host
    },
    timestamp,
    body: request.body && 'json' in request.body ? JSON.stringify(request.body.json) : ''
  })
  return {
    ...request,
    headers: {
      ...request.headers,
      'content-type': contentType,
      'x-tc-timestamp': String(timestamp),
      ...(token && { 'x-tc-token': token }),
      authorization
    }
  }
}

function polled(answer: HttpAnswer): Polled<Operation> {
  const failure = failureOf(answer)
  if (failure)
    return failure.kind === 'not_found' && failure.code
      ? { status: 'failed', failure }
      : { status: 'unchanged', failure }
  const { data } = result.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  const { Status: status, ErrorCode: code, ErrorMessage: message, ResultVideoUrl: url } = data.Response
  if (status === 'FAIL') {
    const meaning = (code && meaningOf(code)) || { kind: 'unknown' as const }
    return {
      status: 'failed',
      failure: { ...meaning, message: message || code || textOfKind(meaning.kind), ...(code && { code }) }
    }
  }
  if (status !== 'DONE') return states[status] ?? { status: 'running' }
  return url ? { status: 'succeeded', videos: [{ at: { url }, expiresInSeconds: LINK_SECONDS }] } : noVideo
}

const states = table<Polled<Operation>>({ WAIT: { status: 'queued' }, RUN: { status: 'running' } })

const accepted = z.object({
  Response: z.object({ JobId: z.union([z.string().min(1), z.number().transform(String)]) })
})

const result = z.object({
  Response: z.object({ Status: z.string(), ErrorCode: textFact, ErrorMessage: textFact, ResultVideoUrl: linkOrNone })
})
