import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.ts'
import type { Asked, WireRequest, Written } from '../../fronts/front.ts'
import type { Warning } from '../../vendors/vendor.ts'
import { readCreate, type ReadRequest } from '../create/read.ts'
import { readRework } from '../create/rework.ts'

/** Answers a request of one route of a front. */
export type Handle = (wire: WireRequest, request: FastifyRequest, reply: FastifyReply) => unknown

/** Returns a request as fronts see it. `origin`: the address of the server for links. */
export const wireOf = ({ id, params, query, headers, body }: FastifyRequest, origin: string): WireRequest => ({
  params: params as Record<string, string>, // true because Fastify's parser gives an object of texts
  query: query as Record<string, unknown>, // the same
  headers,
  body,
  requestId: id,
  origin
})

/** Reads what a front made of a create request. Throws ApiError in the wire's names of the fields. */
export function readAsked({ body, rework, names = {}, warnings = [] }: Asked): ReadRequest {
  try {
    const { request, warnings: ours } = rework ? readRework(rework.does, body, rework) : readCreate(body)
    const sent = Object.entries(request.names ?? {}).map(([field, name]) => [field, renamed(name, names)])
    const all = { ...names, ...Object.fromEntries(sent) }
    return {
      request: { ...request, ...(Object.keys(all).length && { names: all }) },
      warnings: [...warnings, ...ours.map(({ field, reason }) => ({ field: renamed(field, names), reason }))]
    }
  } catch (error) {
    throw error instanceof ApiError ? inNames(error, names) : error
  }
}

function inNames(error: ApiError, names: Readonly<Record<string, string>>): ApiError {
  const { code, param, message } = error
  const name = param === null ? null : renamed(param, names)
  if (param === null || name === null || name === param) return error
  const text = message.startsWith(`${param}:`) ? name + message.slice(param.length) : message
  return new ApiError(code, { param: name, message: text })
}

/** Returns a dotted path with the wire's name for its first part. */
function renamed(path: string, names: Readonly<Record<string, string>>): string {
  const [top = '', ...inner] = path.split('.')
  return Object.hasOwn(names, top) ? [names[top], ...inner].join('.') : path
}

/** Sends what a front wrote. */
export function sendWritten(reply: FastifyReply, { status, body, headers = {} }: Written) {
  reply.code(status).headers(headers)
  if (body === undefined) return reply.send()
  if (headers['content-type'] === undefined) reply.type('application/json; charset=utf-8')
  return reply.send(typeof body === 'string' ? body : JSON.stringify(body))
}

const HEADER_LIMIT = 2000

/** Tells what was ignored or changed in a header, too: most wires have no place for it. */
export function warn(reply: FastifyReply, warnings: readonly Warning[]) {
  if (!warnings.length) return
  const text = warnings.map(({ field, reason }) => `${field}: ${reason}`).join('; ')
  // a header has ASCII only
  reply.header('x-reelay-warnings', text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, HEADER_LIMIT))
}
