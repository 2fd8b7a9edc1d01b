import type { Readable } from 'node:stream'
import type { HttpRequest } from '../vendors/vendor.ts'
import { encodeBody } from './body.ts'
import { UpstreamError } from './upstream-error.ts'

/** A request ready for undici. */
export interface Outgoing {
  url: URL
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  headers: Record<string, string>
  body: Buffer | Readable | null
}

/** Where a signed request may go with its credential. */
export interface Destination {
  /** the channel's; relative paths are joined to it */
  baseUrl: string
  /** origins beside the channel's that may receive its credential */
  origins?: readonly string[]
  /** the channel's: no header or query value that contains one of its secrets goes elsewhere, whatever its name */
  credential?: Record<string, string>
  /** lower-case names of headers that carry the credential, beside the usual ones */
  credentialHeaders?: readonly string[]
}

/** Turns a signed request into bytes for one address; whatever carries the credential stays behind when that is a stranger's. */
export function toOutgoing(request: HttpRequest, destination: Destination): Outgoing {
  const url = addressOf(request.path, destination.baseUrl)
  const trusted = mayHaveCredential(url, destination)
  const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(each => [name, each] as [string, string])
  )
  const extra = new URLSearchParams(query.filter(([, value]) => trusted || !holdsSecret(value, destination))).toString()
  // appended as text: a link's own query may be signed and must stay as it is written
  if (extra) url.search += (url.search ? '&' : '?') + extra
  const { contentType, contentLength, body } = encodeBody(request.body)
  const own = Object.fromEntries(
    Object.entries(request.headers ?? {})
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !ours.has(name))
  )
  return {
    url,
    method: request.method,
    headers: {
      accept: 'application/json',
      'user-agent': 'reelay',
      ...(contentType && { 'content-type': contentType }),
      ...(trusted ? own : withoutCredential(own, destination)),
      // the boundary is ours alone to know
      ...(contentType?.startsWith('multipart/') && { 'content-type': contentType }),
      ...(contentLength !== undefined && { 'content-length': String(contentLength) })
    },
    body
  }
}

/** Whether an address may receive the channel's credential. */
export function mayHaveCredential(url: URL, { baseUrl, origins = [] }: Destination): boolean {
  return url.origin === URL.parse(baseUrl)?.origin || origins.includes(url.origin)
}

/** The headers that say nothing secret: by name, and by value whatever the name. */
export function withoutCredential(headers: Record<string, string>, destination: Destination): Record<string, string> {
  const named = new Set([...credentialHeaders, ...(destination.credentialHeaders ?? [])])
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => !named.has(name) && !holdsSecret(value, destination))
  )
}

// what undici writes itself
const ours = new Set(['host', 'content-length'])

const credentialHeaders = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'x-auth-token',
  'x-access-token',
  'x-token'
]

function addressOf(path: string, baseUrl: string): URL {
  const absolute = /^https?:\/\//i.test(path)
  // anything else could change the host: base + '@evil.example'
  const joined = path === '' || path.startsWith('/') ? baseUrl.replace(/\/+$/, '') + path : null
  const url = URL.parse(absolute ? path : (joined ?? ''))
  if (url) return url
  throw new UpstreamError(`no request can be sent to ${path} at ${baseUrl}`, { sent: false, problem: 'unsendable' })
}

// shorter values (a region, a user's number) are no secrets and would be found by accident
const SHORTEST_SECRET = 8

function holdsSecret(text: string, { credential = {} }: Destination): boolean {
  return Object.values(credential).some(secret => secret.length >= SHORTEST_SECRET && text.includes(secret))
}
