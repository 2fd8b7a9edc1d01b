import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.ts'
import { newId } from '../../lib/ids.ts'
import { sendError } from './errors.ts'
import { logRequest } from './access-log.ts'

interface Dependencies {
  log: FastifyBaseLogger
  now(): number
}

/** Answers, in the one body of all errors, what never becomes a request of ours: bytes that are not HTTP, and paths that cannot be read. */
export function createRawErrors({ log, now }: Dependencies) {
  return {
    /** Node's parser gave up on a connection; there is no request to answer, only the socket. */
    clientErrorHandler(error: Error & { code?: string }, socket: Socket) {
      // nobody is there any more, or an answer is half written already
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
      const requestId = newId('req', now())
      const [status, refusal] = toRefusal(error.code)
      const body = JSON.stringify(refusal.body())
      const head = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'content-type: application/json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-request-id: ${requestId}`,
        'cache-control: no-store',
        'connection: close'
      ]
      log.info({ requestId, keyId: null, method: null, route: null, status, ms: 0, reason: error.code }, 'request')
      socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
    },

    /** The router cannot read the path: a bad percent sign, or an id beyond any sense. */
    frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
      reply.header('x-request-id', request.id)
      const refusal =
        error.code === 'FST_ERR_BAD_URL' || error.code === 'FST_ERR_MAX_PARAM_LENGTH'
          ? new ApiError('not_found', { message: 'There is nothing here: the path cannot be read.' })
          : new ApiError('internal_error', { cause: error })
      sendError(refusal, request, reply)
      logRequest(log, request, reply)
    }
  }
}

function toRefusal(code: string | undefined): [status: number, refusal: ApiError] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, new ApiError('request_too_large', { message: 'The headers of the request are too large.' })]
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, new ApiError('request_timeout')]
  return [400, new ApiError('invalid_request', { message: 'The request is not HTTP that can be read.' })]
}
