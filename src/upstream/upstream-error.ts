/**
 * Why there is no usable answer. `unsendable`: the request itself cannot be written (a line break in a header). `not_the_file`: an answer, but
 * not the file that was requested (an HTML page).
 */
export type UpstreamProblem =
  | 'address_refused'
  | 'unsendable'
  | 'unreachable'
  | 'timeout'
  | 'aborted'
  | 'broken'
  | 'too_large'
  | 'not_an_image'
  | 'not_the_file'

interface Details {
  /** whether a byte of the request may have left; false proves that none did */
  sent: boolean
  /** default: `broken`, or `unreachable` when nothing was sent */
  problem?: UpstreamProblem
  /** the HTTP status, when the answer got that far */
  status?: number | undefined
  cause?: unknown
}

/** No usable answer from outside. The message is for the log: it may name internal addresses. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly problem: UpstreamProblem
  readonly sent: boolean
  readonly status: number | undefined

  constructor(message: string, { sent, problem = sent ? 'broken' : 'unreachable', status, cause }: Details) {
    super(message, { cause })
    this.problem = problem
    this.sent = sent
    this.status = status
  }
}

/** Returns the problem and the text of an error that undici or a socket reported. */
export function readNetworkError(error: unknown, sent: boolean): { problem: UpstreamProblem; text: string } {
  if (error instanceof UpstreamError) return { problem: error.problem, text: error.message }
  // true because property access on any object is safe, and an AggregateError (all addresses failed) often has no text of its own
  const { code, message, errors } = Object(error) as { code?: string; message?: string; errors?: Error[] }
  const text = message || errors?.map(each => each.message).join('; ') || code || String(error)
  if (code !== undefined && timeouts.has(code)) return { problem: 'timeout', text }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return { problem: 'unsendable', text }
  return { problem: sent ? 'broken' : 'unreachable', text }
}

/** Returns `timeout` for a signal of `AbortSignal.timeout`, `aborted` for any other. */
export function problemOfAbort(signal: AbortSignal): UpstreamProblem {
  return Object(signal.reason).name === 'TimeoutError' ? 'timeout' : 'aborted'
}

const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
