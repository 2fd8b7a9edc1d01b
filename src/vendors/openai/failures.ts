import { parseLossless } from '../../lib/json.ts'
import { kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { isRecord } from '../../lib/records.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/*
 * Errors of OpenAI's API and its copies: one table of codes, read from several envelopes.
 * Sources: OpenAI error-code guide; new-api dto.TaskError; Azure OpenAI and OpenRouter error documents; our own catalogue (another reelay).
 */

/** An error as the upstream reports it, before it has a kind. */
export interface Complaint {
  message: string
  code?: string
  type?: string
  param?: string
}

const codes = table<FailureKind>({
  invalid_api_key: 'auth',
  authentication_error: 'auth',
  authentication: 'auth',
  account_deactivated: 'auth',
  model_not_allowed: 'permission',
  ip_not_allowed: 'permission',
  permission_denied: 'permission',
  permission_error: 'permission',
  access_denied: 'permission',
  deploymentnotfound: 'permission', // Azure: the deployment is not in this resource
  unsupported_country_region_territory: 'permission',
  model_not_found: 'misconfigured',
  invalid_model: 'invalid_request',
  invalid_value: 'invalid_request',
  invalid_request: 'invalid_request',
  invalid_seconds: 'invalid_request',
  invalid_size: 'invalid_request',
  invalid_prompt: 'invalid_request',
  invalid_image: 'invalid_request',
  image_too_large: 'invalid_request',
  image_too_small: 'invalid_request',
  image_not_found: 'invalid_request',
  image_download_failed: 'invalid_request',
  unsupported_image_format: 'invalid_request',
  payload_too_large: 'invalid_request',
  unprocessable: 'invalid_request',
  missing_required_parameter: 'invalid_request',
  unknown_parameter: 'invalid_request',
  unsupported: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  request_too_large: 'invalid_request',
  moderation_blocked: 'content_policy',
  content_policy_violation: 'content_policy',
  content_filter: 'content_policy',
  refusal: 'content_policy',
  responsibleaipolicyviolation: 'content_policy',
  input_moderation: 'content_policy',
  output_moderation: 'content_policy',
  rate_limit_exceeded: 'rate_limit',
  resource_exhausted: 'rate_limit', // google.rpc.Code, which relays pass on
  too_many_requests: 'rate_limit',
  payment_required: 'insufficient_balance',
  insufficient_quota: 'insufficient_balance',
  insufficient_user_quota: 'insufficient_balance',
  pre_consume_token_quota_failed: 'insufficient_balance',
  billing_hard_limit_reached: 'insufficient_balance',
  billing_not_active: 'insufficient_balance',
  task_not_exist: 'not_found',
  video_not_found: 'not_found',
  video_expired: 'expired',
  expired: 'expired',
  cancelled: 'cancelled',
  get_channel_failed: 'server',
  no_channel_available: 'server',
  upstream_error: 'server',
  upstream_timeout: 'server',
  overloaded: 'server',
  provider_overloaded: 'server',
  provider_unavailable: 'server',
  timeout: 'server',
  server: 'server',
  server_error: 'server',
  internal_error: 'server',
  internal_server_error: 'server'
})

const modelIsMissing = /model mismatch|model.{0,80}(not found|does not exist)/i

// for upstreams that only send a sentence (OpenRouter's `error`, new-api's `fail_reason`)
const words: readonly [RegExp, FailureKind][] = [
  [
    /moderat|flagged|sensitive|content.?(policy|filter)|safety|nsfw|prohibited|violat[a-z]{0,6} (our|the|usage)|敏感|违规|审核/i,
    'content_policy'
  ],
  [/insufficient (user )?(balance|credit|quota|funds)|余额不足|额度不足/i, 'insufficient_balance'],
  [modelIsMissing, 'misconfigured'],
  [/concurren|并发/i, 'concurrency_limit'],
  [/rate.?limit|too many requests|请求过于频繁/i, 'rate_limit']
]

/** Codes that mean that the job does not exist, not just that the path is wrong. */
const goneCodes = new Set(['task_not_exist', 'video_not_found'])

export const isGone = ({ code }: Failure): boolean => code !== undefined && goneCodes.has(code)

/** Returns the failure in an answer that is not a 2xx. */
export function answerFailure(answer: HttpAnswer): Failure {
  const complaint = complaintOf(answer.body) ?? { message: `HTTP ${answer.status}` }
  return { ...judge(complaint, answer.status), ...retryAfter(answer) }
}

/** Returns a complaint with its kind: by the vendor's code or type, else by its text, else by the HTTP status. */
export function judge(complaint: Complaint, status?: number): Failure {
  const { message, code, type, param } = complaint
  const kind =
    codes[code?.toLowerCase() ?? ''] ??
    codes[type?.toLowerCase() ?? ''] ??
    words.find(([pattern]) => pattern.test(message))?.[1] ??
    quotaKind(complaint, status) ??
    (/^[45]\d\d$/.test(code ?? '') ? kindOfStatus(Number(code)) : undefined) ??
    (status === undefined ? undefined : kindOfStatus(status)) ??
    (type === 'invalid_request_error' ? 'invalid_request' : 'unknown')
  return { kind, message, ...(isOfModel(kind, complaint) && { modelOnly: true }), ...defined({ code, param }) }
}

const isOfModel = (kind: FailureKind, { code, message }: Complaint) =>
  kind === 'misconfigured' && (code?.toLowerCase() === 'model_not_found' || modelIsMissing.test(message))

// Google says so of its requests per minute, OpenAI of an empty account
function quotaKind({ message, code }: Complaint, status?: number): FailureKind | undefined {
  if (!/exceeded your current quota/i.test(message)) return undefined
  return status === 429 || code === '429' ? 'rate_limit' : 'insufficient_balance'
}

/** Finds the complaint in `{error:{…}}`, `{error:"…"}`, `{code,message}`, `{detail}` or plain text; null when there is none. */
export function complaintOf(body: unknown): Complaint | null {
  if (typeof body === 'string') return body === '' || body.trimStart().startsWith('<') ? null : { message: clip(body) }
  if (!isRecord(body)) return null
  const { error, detail } = body
  if (typeof error === 'string') return error === '' ? null : { message: clip(error) }
  const source = isRecord(error) ? error : body
  const message = textOf(source.message) ?? textOf(detail) ?? (detail ? JSON.stringify(detail) : undefined)
  const code = textOf(source.code)
  if (code === 'success' || (message === undefined && code === undefined)) return null
  // OpenRouter's type is in `metadata.error_type`
  const stated = textOf(isRecord(source.metadata) ? source.metadata.error_type : undefined) ?? textOf(source.type)
  const type = stated ?? textOf(source.status)
  const param = textOf(source.param)
  return (
    wrapped(message) ?? {
      message: clip(message ?? code ?? ''),
      ...defined({ code, type, param })
    }
  )
}

// new-api's fail_to_fetch_task has its upstream's whole answer as text in `message`
function wrapped(message: string | undefined): Complaint | null {
  if (!message?.startsWith('{')) return null
  const inner = parseLossless(message)
  return isRecord(inner) ? complaintOf(inner) : null
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

const clip = (text: string) => text.slice(0, 500)
