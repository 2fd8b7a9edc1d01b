import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError, type ErrorCode } from '../../errors.ts'
import { isDatabaseDown } from '../../lib/database-down.ts'
import { defined } from '../../lib/defined.ts'
import { logReason } from '../../lib/log-error.ts'
import { frontOf } from '../../fronts/index.ts'
import { unified } from '../../fronts/unified/index.ts'
import { sendWritten } from '../fronts/wire.ts'
import { nearestPath } from './nearest-path.ts'

// Fastify's errors as ours
const framework: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_PARTS_LIMIT: 'request_too_large',
  FST_FILES_LIMIT: 'request_too_large',
  FST_FIELDS_LIMIT: 'request_too_large',
  FST_REQ_FILE_TOO_LARGE: 'request_too_large',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported_media_type',
  FST_PROTO_VIOLATION: 'invalid_request'
}

/** Answers every error with the same body: ours, Fastify's, unknown routes and methods, and bugs. */
export const failures = fp(
  async (app: FastifyInstance) => {
    const routes: { method: string; url: string }[] = []
    app.addHook('onRoute', ({ url, method }) => {
      for (const one of [method].flat()) routes.push({ method: one, url })
    })
    // there are more than a thousand, and most servers are never asked for a path that does not exist
    let made: { method: string; pattern: RegExp }[] | undefined
    const patterns = () => (made ??= routes.map(({ method, url }) => ({ method, pattern: patternOf(url) })))

    app.setErrorHandler((error: FastifyError, request, reply) => sendError(toApiError(error, request), request, reply))

    app.setNotFoundHandler((request, reply) => {
      const { method } = request
      const path = (request.url.split('?')[0] ?? '').replaceAll(/\/{2,}/g, '/')
      const allowed = [...new Set(patterns().flatMap(({ method, pattern }) => (pattern.test(path) ? [method] : [])))]
      const sameMethod = routes
        .filter(route => route.method === method && !route.url.includes('*'))
        .map(({ url }) => url)
      const nearest = nearestPath(path, sameMethod)
      const hint = nearest === undefined ? '' : ` Did you mean ${method} ${nearest}?`
      if (!allowed.length) {
        const message = `There is no endpoint ${method} ${path.slice(0, 200)}.${hint}`
        return sendError(new ApiError('not_found', { message }), request, reply)
      }
      reply.header('allow', allowed.join(', '))
      const message = `${method} is not allowed for this path. Use ${allowed.join(', ')}.${hint}`
      return sendError(new ApiError('method_not_allowed', { message }), request, reply)
    })
  },
  { name: 'failures' }
)

const patternOf = (url: string) =>
  new RegExp(`^${url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}/?$`)

function toApiError(error: FastifyError, { raw }: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  const code = framework[error.code]
  if (code) return new ApiError(code, { cause: error })
  // the client disconnected while sending its body
  if (raw.destroyed && !raw.complete)
    return new ApiError('invalid_request', { cause: error, message: 'The request was interrupted.' })
  if (isDatabaseDown(error))
    return new ApiError('overloaded', {
      cause: error,
      message: 'The database is unavailable. Try again in a few seconds.',
      retryAfterSeconds: 5
    })
  const { statusCode = 500 } = error
  if (statusCode === 408) return new ApiError('request_timeout', { cause: error })
  if (statusCode >= 400 && statusCode < 500)
    return new ApiError(statusCode === 413 ? 'request_too_large' : 'invalid_request', {
      cause: error,
      message: 'The request could not be read.'
    })
  return new ApiError('internal_error', { cause: error })
}

export function sendError(error: ApiError, request: FastifyRequest, reply: FastifyReply) {
  // errors must not be cached
  reply.header('cache-control', 'no-store')
  logError(error, request)
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
  // no enabled channel serves the model: a retry will not help, but clients retry a 503 by default
  // the rest of the body may never come
  if (error.code === 'request_timeout') reply.header('connection', 'close')
  const shouldRetry = error.shouldRetry ?? (error.code === 'no_channel_available' ? false : undefined)
  if (shouldRetry !== undefined) reply.header('x-should-retry', String(shouldRetry))
  const body = withoutSecrets(error.body())
  const path = request.url.split('?')[0] ?? ''
  const front = frontOf(path) ?? unified
  const { code, type, message, param } = body
  const refusal = { status: error.status, code, type, message, param, shouldRetry, requestId: request.id }
  return sendWritten(reply, front.error(refusal))
}

/** Logs an error that is part of an answer, and returns what the client may see of it. */
export function tellError(thrown: unknown, request: FastifyRequest): Body {
  // true because only the optional fields of such errors are read
  const error = toApiError(thrown as FastifyError, request)
  logError(error, request)
  return withoutSecrets(error.body())
}

function logError(error: ApiError, request: FastifyRequest) {
  if (error.status === 500)
    request.log.error({ err: error, cause: error.cause, requestId: request.id }, 'request failed')
  else if (error.status > 500) {
    // a vendor, the database or too much work: no stack of ours says more
    const { code, cause } = error
    request.log.warn({ requestId: request.id, code, ...defined({ reason: logReason(cause) }) }, 'request failed')
  }
}

type Body = ReturnType<ApiError['body']>

/** Masks secrets: people paste keys into paths and fields, and messages that quote them end up in logs. */
function withoutSecrets(body: Body): Body {
  const message = masked(body.message)
  const param = body.param === null ? null : masked(body.param)
  return { ...body, message, param, error: { ...body.error, message, param } }
}

const masked = (text: string) => text.replaceAll(/\b(sk-|whsec_)[\w-]{6,}/g, '$1…')
