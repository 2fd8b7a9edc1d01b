/* Every error that a client can receive, in one table: code → [status, type, default message]. */

const catalogue = {
  invalid_request: [400, 'invalid_request_error', 'The request is not valid.'],
  unsupported: [400, 'invalid_request_error', 'This is not supported.'],
  video_not_ready: [
    400,
    'invalid_request_error',
    'The video is not finished yet. Poll it until it is completed, then download it.'
  ],
  content_policy_violation: [400, 'invalid_request_error', "The vendor's content policy does not allow this request."],
  invalid_api_key: [401, 'authentication_error', 'The API key is missing, malformed, unknown, revoked or expired.'],
  not_signed_in: [401, 'authentication_error', 'You are not signed in, or your session has ended. Sign in again.'],
  sign_in_failed: [401, 'authentication_error', 'The name or the password is wrong.'],
  model_not_allowed: [403, 'permission_error', 'This key may not use this model.'],
  ip_not_allowed: [403, 'permission_error', 'This key may not be used from this address.'],
  admin_required: [403, 'permission_error', 'This needs an admin key.'],
  permission_denied: [403, 'permission_error', 'This needs a permission that you do not have.'],
  cross_site_request: [403, 'permission_error', 'A session accepts changes only from its own console.'],
  invalid_link: [403, 'permission_error', 'This link is wrong, was used before, or has expired.'],
  video_not_found: [404, 'invalid_request_error', 'No such video.'],
  model_not_found: [404, 'invalid_request_error', 'No such model, or this key may not use it.'],
  not_found: [404, 'invalid_request_error', 'There is nothing at this address.'],
  method_not_allowed: [405, 'invalid_request_error', 'This method is not allowed at this address.'],
  request_timeout: [408, 'invalid_request_error', 'The request took too long to arrive.'],
  idempotency_in_progress: [
    409,
    'invalid_request_error',
    'The first request with this Idempotency-Key is still running.'
  ],
  conflict: [409, 'invalid_request_error', 'Another object already has this name.'],
  video_expired: [410, 'invalid_request_error', 'The video has expired and is no longer available.'],
  request_too_large: [413, 'invalid_request_error', 'The request is too large.'],
  unsupported_media_type: [415, 'invalid_request_error', 'Send application/json or multipart/form-data, uncompressed.'],
  range_not_satisfiable: [416, 'invalid_request_error', 'The range is outside the file.'],
  idempotency_mismatch: [422, 'invalid_request_error', 'This Idempotency-Key was used with other fields.'],
  rate_limit_exceeded: [429, 'rate_limit_error', 'Too many requests. Slow down.'],
  insufficient_quota: [429, 'insufficient_quota', "This key's budget does not cover the request."],
  internal_error: [500, 'server_error', 'An internal error occurred. Give the operator the request id.'],
  upstream_error: [502, 'server_error', 'The video vendor could not accept this request. The request itself is valid.'],
  no_channel_available: [503, 'server_error', 'No channel can serve this model right now.'],
  overloaded: [503, 'server_error', 'The server is busy. Try again soon.'],
  video_unavailable: [503, 'server_error', 'The file cannot be fetched from the vendor right now. Try again soon.'],
  upstream_timeout: [504, 'server_error', 'The video vendor did not answer in time.']
} as const satisfies Record<string, readonly [status: number, type: string, message: string]>

export type ErrorCode = keyof typeof catalogue

// true because they are the table's own names
export const errorCodes = Object.keys(catalogue) as ErrorCode[]

interface Details {
  /** what is wrong and what to do; shown to the client */
  message?: string
  /** the field of the request that is wrong */
  param?: string | undefined
  /** only for the log */
  cause?: unknown
  retryAfterSeconds?: number
  /** `false`: a retry cannot help, or may pay twice (sent as x-should-retry) */
  shouldRetry?: boolean
}

/** An error that the client sees. Anything else that is thrown becomes `internal_error`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: number
  readonly type: string
  readonly param: string | null
  readonly retryAfterSeconds: number | undefined
  readonly shouldRetry: boolean | undefined

  constructor(code: ErrorCode, { message, param, cause, retryAfterSeconds, shouldRetry }: Details = {}) {
    const [status, type, defaultMessage] = catalogue[code]
    super(message ?? defaultMessage, { cause })
    this.code = code
    this.status = status
    this.type = type
    this.param = param ?? null
    this.retryAfterSeconds = retryAfterSeconds
    this.shouldRetry = shouldRetry
  }

  /** Returns the body of the answer: nested for OpenAI's clients, flat for those of the unified format. */
  body() {
    const { message, type, param, code } = this
    return { error: { message, type, param, code }, message, type, param, code }
  }
}

/** The configuration or the environment is unusable: printed without a stack, exit code 78. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
