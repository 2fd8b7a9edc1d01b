import { z } from 'zod'
import { table } from '../../lib/table.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import type { Failure, FailureKind, HttpAnswer, Rejected } from '../vendor.ts'

/*
 * Error codes of Tencent Cloud and of its video service. Sources: tencentcloud-sdk-go, tencentcloud/vclm/v20240523/errors.go;
 * the common codes of every product (e.g. tencentcloud.com/document/product/1238/64639): "if there is an Error field, the call failed".
 */

/** Without a line of its own, a code means what the part before its dot means. */
const codes = table<Pick<Failure, 'kind' | 'param'>>({
  ActionOffline: { kind: 'misconfigured' },
  AuthFailure: { kind: 'auth' },
  'AuthFailure.UnauthorizedOperation': { kind: 'permission' },
  FailedOperation: { kind: 'unknown' },
  'FailedOperation.DownloadError': { kind: 'invalid_request', param: 'image' },
  'FailedOperation.DriverFailed': { kind: 'server' },
  'FailedOperation.FaceSizeTooSmall': { kind: 'invalid_request', param: 'image' },
  'FailedOperation.ImageDecodeFailed': { kind: 'invalid_request', param: 'image' },
  'FailedOperation.ImageNotSupported': { kind: 'invalid_request', param: 'image' },
  'FailedOperation.ImageResolutionExceed': { kind: 'invalid_request', param: 'image' },
  'FailedOperation.ImageSizeExceed': { kind: 'invalid_request', param: 'image' },
  'FailedOperation.InnerError': { kind: 'server' },
  'FailedOperation.JobNotExist': { kind: 'not_found' },
  'FailedOperation.JobNotFound': { kind: 'not_found' },
  // "the queue of tasks is full, try again later"
  'FailedOperation.JobQueueFull': { kind: 'rate_limit' },
  'FailedOperation.ModerationFailed': { kind: 'content_policy' },
  'FailedOperation.RequestTimeout': { kind: 'server' },
  'FailedOperation.ServerError': { kind: 'server' },
  'FailedOperation.TaskNotExist': { kind: 'not_found' },
  'FailedOperation.TextModerationNotPass': { kind: 'content_policy', param: 'prompt' },
  'FailedOperation.UnKnowError': { kind: 'server' },
  InternalError: { kind: 'server' },
  InvalidAction: { kind: 'misconfigured' },
  InvalidParameter: { kind: 'invalid_request' },
  InvalidParameterValue: { kind: 'invalid_request' },
  'InvalidParameterValue.NoFaceInPhoto': { kind: 'invalid_request', param: 'image' },
  'InvalidParameterValue.UrlIllegal': { kind: 'invalid_request', param: 'image' },
  LimitExceeded: { kind: 'rate_limit' },
  MissingParameter: { kind: 'invalid_request' },
  NoSuchProduct: { kind: 'misconfigured' },
  NoSuchVersion: { kind: 'misconfigured' },
  OperationDenied: { kind: 'permission' },
  RequestLimitExceeded: { kind: 'rate_limit' },
  // "more tasks than the account may run": one, unless more is bought
  'RequestLimitExceeded.JobNumExceed': { kind: 'concurrency_limit' },
  RequestSizeLimitExceeded: { kind: 'invalid_request' },
  ResourceInsufficient: { kind: 'server' },
  ResourceNotFound: { kind: 'not_found' },
  // not activated, being activated, or frozen
  ResourceUnavailable: { kind: 'permission' },
  'ResourceUnavailable.InArrears': { kind: 'insufficient_balance' },
  'ResourceUnavailable.LowBalance': { kind: 'insufficient_balance' },
  'ResourcesSoldOut.ChargeStatusException': { kind: 'insufficient_balance' },
  ServiceUnavailable: { kind: 'server' },
  UnauthorizedOperation: { kind: 'permission' },
  UnknownParameter: { kind: 'invalid_request' },
  UnsupportedOperation: { kind: 'misconfigured' },
  UnsupportedRegion: { kind: 'misconfigured' }
})

/** Returns what a code means; null when neither it nor its family is documented. */
export function meaningOf(code: string): Pick<Failure, 'kind' | 'param'> | null {
  return codes[code] ?? codes[code.split('.')[0] ?? ''] ?? null
}

/** Returns the failure in an answer; null when it has no error of Tencent's and a status of success. */
export function failureOf(answer: HttpAnswer): Failure | null {
  const { Code: code, Message: message } = refusal.safeParse(answer.body).data?.Response.Error ?? {}
  if (!code && answer.status < 300) return null
  const meaning = (code && meaningOf(code)) || { kind: code ? 'unknown' : kindOfStatus(answer.status) }
  return { ...meaning, message: message || code || excerpt(answer), ...(code && { code }), ...retryAfter(answer) }
}

/** Returns a refused submit. "The back end timed out" is the only code that leaves open whether there is a task. */
export function refusedSubmit(answer: HttpAnswer): Rejected {
  const failure = failureOf(answer) ?? noId(answer)
  const sure = failure.code !== undefined && failure.code !== 'FailedOperation.RequestTimeout'
  return sure ? surelyRejected(failure) : rejected(answer, failure)
}

/** Kinds that tell of the credential or the account: an answer to a probe with one of them proves that it cannot be used. */
export const unusable = new Set<FailureKind>(['auth', 'permission', 'insufficient_balance', 'misconfigured'])

const noId = (answer: HttpAnswer): Failure => ({
  kind: 'unknown',
  message: `The vendor answered without a task id: ${excerpt(answer)}`
})

const refusal = z.object({
  Response: z.object({ Error: z.object({ Code: z.string(), Message: z.string().nullish().catch(null) }) })
})
