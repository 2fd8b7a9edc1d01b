import { z } from 'zod'
import { basicStamp } from '../../lib/time.ts'
import { linkOrNone } from '../shared/answer-fields.ts'
import { excerpt, rejected, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { failureOf, isDocumented, isGatewayError, resultIn } from './failures.ts'
import { jimengModels, specOf } from './models.ts'
import { jimengPrices } from './prices.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { action, reqKeyOf, submit } from './submit.ts'
import { table } from '../../lib/table.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, FailureKind, HttpAnswer, HttpRequest, Polled } from '../vendor.ts'
import { sha256Hex, signVolcengine } from './signature.ts'
import { withoutTrailing } from '../../lib/trailing.ts'

/* Jimeng on Volcengine Visual. Sources: vendors/jimeng.md; volcengine.com docs 85621/1616429, 1777001, 1792710, 1792711, 1829013. */

interface Operation {
  taskId: string
  /** the one that was submitted; queries must repeat it */
  reqKey: string
}

export const jimeng = defineVendor<Operation>({
  id: 'jimeng',
  name: 'Jimeng (Volcengine)',
  baseUrl: 'https://visual.volcengineapi.com',
  // jimeng.md §1
  regions: [{ id: 'cn', baseUrl: 'https://visual.volcengineapi.com', label: 'China (Beijing)' }],
  keysUrl: 'https://console.volcengine.com/iam/keymanage',
  docsUrl: 'https://www.volcengine.com/docs/85621',
  credential: {
    fields: [
      { name: 'access_key', label: 'Access key', secret: false },
      { name: 'secret_key', label: 'Secret key', secret: true },
      { name: 'session_token', label: 'Session token (temporary credentials)', secret: true, optional: true }
    ],
    parse: text => credential.safeParse(text.trim()).data ?? null
  },
  options: z.strictObject({
    ...generalOptions,
    action: z
      .string()
      .regex(/^\w+$/)
      .optional()
      .describe(
        'the action that submits, for models with one of their own; default: the model’s own, CVSync2AsyncSubmitTask for most'
      ),
    result_action: z
      .string()
      .regex(/^\w+$/)
      .optional()
      .describe('the action that asks for the result; default: `action` with GetResult instead of SubmitTask'),
    version: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d$/)
      .optional()
      .describe('version of the actions; default: 2022-08-31'),
    region: z.string().optional().describe('region of the signature; default: cn-north-1'),
    aigc_meta: z
      .record(z.string(), z.string())
      .optional()
      .describe('implicit AIGC label of the file: content_producer, producer_id, content_propagator, propagate_id')
  }),
  models: jimengModels,
  prices: jimengPrices,
  facts: {
    source: 'volcengine.com docs 85621 (1616429, 1777001, 1792710, 1792711, 1798365, 1829013), read 2026-11',
    checked: '2026-11-30',
    missing: 'marketing films (pippit), translation of videos, older digital humans',
    linkSeconds: 3600,
    linkRenews: true,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none',
    pollEveryMs: 5000
  },

  sign,
  submit,
  sound: video => soundOf(specOf(reqKeyOf(video)) ?? {}),
  limits: video => specOf(reqKeyOf(video)) ?? {},
  submitted(answer, video) {
    const taskId = reply.safeParse(resultIn(answer.body)).data?.data?.task_id
    const failure = failureOf(answer)
    if (!failure && taskId)
      return { status: 'accepted', operation: { taskId, reqKey: reqKeyOf(video) }, upstreamId: taskId }
    if (failure && isDocumented(failure)) return surelyRejected(failure)
    return rejected(
      answer,
      failure ?? { kind: 'unknown', message: `The vendor answered without a task id: ${excerpt(answer)}` }
    )
  },

  poll: query,
  polled,

  // querying a task that cannot exist is free; the signature is checked first
  probe: channel => query({ taskId: '0', reqKey: 'jimeng_t2v_v30' }, channel),
  probed: answer => (isGatewayError(answer) ? failureOf(answer) : null)
})

const credential = z
  .string()
  .regex(/^[^|\s]+\|[^|\s]+(\|[^|\s]+)?$/)
  .transform(text => {
    const [access_key = '', secret_key = '', session_token] = text.split('|')
    return { access_key, secret_key, ...(session_token && { session_token }) }
  })

function sign(request: HttpRequest, channel: ChannelConfig, now: number): HttpRequest {
  const { access_key = '', secret_key = '', session_token } = channel.credential
  const { host, pathname } = new URL(withoutTrailing(channel.baseUrl, '/') + request.path)
  const bodySha256 = sha256Hex(request.body && 'json' in request.body ? JSON.stringify(request.body.json) : '')
  const added = {
    'content-type': 'application/json',
    'x-date': basicStamp(now),
    'x-content-sha256': bodySha256,
    ...(session_token && { 'x-security-token': session_token })
  }
  const { authorization } = signVolcengine({
    accessKey: access_key,
    secretKey: secret_key,
    region: (channel.options.region as string | undefined) ?? 'cn-north-1', // true because `options` checked it
    service: 'cv',
    method: request.method,
    path: pathname,
    // true because every request here comes from `action`
    query: (request.query ?? {}) as Record<string, string>,
    headers: { ...added, host },
    bodySha256
  })
  return { ...request, headers: { ...request.headers, ...added, authorization } }
}

function query({ reqKey, taskId }: Operation, channel: ChannelConfig): HttpRequest {
  const { aigc_meta } = channel.options
  const json = {
    req_key: reqKey,
    task_id: taskId,
    ...(aigc_meta !== undefined && { req_json: JSON.stringify({ aigc_meta }) })
  }
  return { method: 'POST', path: '/', query: action('query', reqKey, channel), body: { json } }
}

function polled(answer: HttpAnswer): Polled<Operation> {
  const failure = failureOf(answer)
  // other failures may be temporary while the task continues
  const final = failure && isDocumented(failure) && finals.has(failure.kind)
  if (failure) return final ? { status: 'failed', failure } : { status: 'unchanged', failure }
  const { status, video_url: url } = reply.safeParse(resultIn(answer.body)).data?.data ?? {}
  if (!status) return { status: 'unchanged' }
  if (status !== 'done') return states[status] ?? { status: 'running' }
  // `done` means ended, not succeeded (§5)
  if (!url) return noVideo
  return { status: 'succeeded', videos: [{ at: { url }, expiresInSeconds: 3600 }] }
}

// §5: such an error instead of a status is the task's own failure
const finals = new Set<FailureKind>(['content_policy', 'invalid_request'])

const states = table<Polled<Operation>>({
  in_queue: { status: 'queued' },
  generating: { status: 'running' },
  not_found: { status: 'failed', failure: { kind: 'not_found', message: textOfKind('not_found') } },
  expired: {
    status: 'failed',
    failure: { kind: 'expired', message: 'The result expired: the vendor keeps it for 12 hours.' }
  }
})

const reply = z.object({
  data: z
    .object({
      task_id: z.union([z.string(), z.number().transform(String)]).nullish(),
      status: z.string().nullish(),
      video_url: linkOrNone
    })
    .nullish()
})
