import { z } from 'zod'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, HttpAnswer } from '../vendor.ts'

/** Returns the failure in an answer. */
export function failureOf(answer: HttpAnswer): Failure {
  const { reason, message } = refusal.safeParse(answer.body).data ?? {}
  return {
    ...(reasons[reason ?? ''] ?? { kind: kindOfStatus(answer.status) }),
    message: message || reason || excerpt(answer),
    ...(reason && { code: reason }),
    ...retryAfter(answer)
  }
}

/** Returns the failure of a task by its `err_code`. */
export function taskFailure(code: string | null | undefined): Failure {
  if (!code) return { kind: 'unknown', message: textOfKind('unknown') }
  return { ...(reasons[code] ?? { kind: 'unknown' }), message: code, code }
}

const invalid = { kind: 'invalid_request' } as const
const image = { kind: 'invalid_request', param: 'image' } as const
const policy = { kind: 'content_policy' } as const

const refusal = z.object({ reason: z.string().nullish(), message: z.string().nullish() })

/** docs/error-code. They count before the HTTP status: out of credits is a 400. */
const reasons = table<Pick<Failure, 'kind' | 'param'>>({
  BadRequest: invalid,
  FieldLacking: invalid,
  FieldUnwanted: invalid,
  FieldInvalid: invalid,
  FieldItemCountOutOfRange: invalid,
  VideoFormatInvalid: invalid,
  Conflict: invalid,
  ModelUnavailable: { kind: 'invalid_request', param: 'model' },
  PageSizeOutOfRange: image,
  ImageFormatInvalid: image,
  ImageSizeInvalid: image,
  ImageDownloadFailure: image,
  ImageCheckBodyJointsFailed: image,
  ImageCheckFaceFailed: image,
  ImageObjectsUndetected: image,
  FaceDetectFailure: image,
  NoFaceDetected: image,
  MultiFaceDetected: image,
  CreditInsufficient: { kind: 'insufficient_balance' },
  TaskPromptPolicyViolation: { kind: 'content_policy', param: 'prompt' },
  CreationPolicyViolation: policy,
  AuditSubmitIllegal: policy,
  AuditFailed: policy,
  OperationInProcess: { kind: 'concurrency_limit' },
  UserCancelled: { kind: 'cancelled' },
  Unauthorized: { kind: 'auth' },
  Forbidden: { kind: 'permission' },
  TaskNotFound: { kind: 'not_found' },
  CreationNotFound: { kind: 'not_found' },
  NotFound: { kind: 'not_found' },
  QuotaExceeded: { kind: 'concurrency_limit' },
  TooManyRequests: { kind: 'rate_limit' },
  SystemThrottling: { kind: 'rate_limit' },
  InternalServiceFailure: { kind: 'server' },
  Unknown: { kind: 'server' }
})
