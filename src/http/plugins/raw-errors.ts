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

/** Answers, with the usual error body, what never reaches a route: bytes that are not HTTP, and invalid paths. */
export function createRawErrors({ log, now }: Dependencies) {
  return {
    /** Node's parser failed: there is no request to answer, only a socket. */
    clientErrorHandler(error: Error & { code?: string }, socket: Socket) {
      // the client has disconnected, or an answer is already partly written
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
      const requestId = newId('req', now())
      const [status, phrase, refusal] = toRefusal(error.code)
      const body = JSON.stringify(refusal.body())
      const head = [
        `HTTP/1.1 ${status} ${phrase}`,
        'content-type: application/json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-request-id: ${requestId}`,
        'cache-control: no-store',
        'connection: close'
      ]
      log.info({ requestId, keyId: null, method: null, route: null, status, ms: 0, reason: error.code }, 'request')
      socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
    },

    /** The router cannot read the path: an invalid percent sign, or an id that is too long. */
    frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
      reply.header('x-request-id', request.id)
      const refusal =
        error.code === 'FST_ERR_BAD_URL' || error.code === 'FST_ERR_MAX_PARAM_LENGTH'
          ? new ApiError('not_found', { message: 'The path is not valid.' })
          : new ApiError('internal_error', { cause: error })
      sendError(refusal, request, reply)
      logRequest(log, request, reply)
    }
  }
}

// the phrases are written here: the whole of node:http as an ES module would load Node's own fetch, a tenth of the start and 14 MB
function toRefusal(code: string | undefined): [status: number, phrase: string, refusal: ApiError] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'The request headers are too large.'
    return [431, 'Request Header Fields Too Large', new ApiError('request_too_large', { message })]
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'Request Timeout', new ApiError('request_timeout')]
  return [400, 'Bad Request', new ApiError('invalid_request', { message: 'The request is not valid HTTP.' })]
}
