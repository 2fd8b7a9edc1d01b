import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.ts'

/** Sent by the console with every change: another site cannot add it without asking first. */
export const CONSOLE_HEADER = 'x-reelay-console'
export const CONSOLE_VALUE = '1'

const reads = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a change that another site may have caused: browsers send cookies along on their own. Throws cross_site_request. `publicUrl`: the
 * address that browsers know, when a proxy changes the Host header.
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string | undefined) {
  if (reads.has(request.method)) return
  const { headers } = request
  if (headers[CONSOLE_HEADER] !== CONSOLE_VALUE)
    throw new ApiError('cross_site_request', {
      message: `With a session, changes need the header ${CONSOLE_HEADER}: ${CONSOLE_VALUE}. Programs should use an API key.`
    })
  const site = headers['sec-fetch-site']
  if (site === 'same-origin') return
  // browsers leave Sec-Fetch-Site out over plain HTTP
  if ((site === undefined || site === 'none') && isOwn(headers.origin, request.host, publicUrl)) return
  throw new ApiError('cross_site_request')
}

function isOwn(origin: string | undefined, host: string, publicUrl: string | undefined): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === host || (publicUrl !== undefined && new URL(publicUrl).origin === origin)
}
