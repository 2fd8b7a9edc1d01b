import { ApiError, type ErrorCode } from '../../src/errors.ts'
import { frontOf } from '../../src/fronts/index.ts'
import type { Refusal } from '../../src/fronts/front.ts'

/** An error of ours as fronts are told of it. */
export function refusalOf(error: ErrorCode, message = new ApiError(error).message): Refusal {
  const { status, code, type } = new ApiError(error)
  return { status, code, type, message, param: null, shouldRetry: undefined, requestId: 'req_test' }
}

/** The status of an error at a path: fronts have their own. */
export function statusAt(path: string, error: ErrorCode): number {
  const refusal = refusalOf(error)
  return frontOf(path)?.error(refusal).status ?? refusal.status
}
