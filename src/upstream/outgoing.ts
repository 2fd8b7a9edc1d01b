import type { Readable } from 'node:stream'
import { LRUCache } from 'lru-cache'
import { defined } from '../lib/defined.ts'
import type { HttpRequest } from '../vendors/vendor.ts'
import { encodeBody } from './body.ts'
import { restored, SHORTEST_SECRET, type Secrets } from './redact.ts'
import { UpstreamError } from './upstream-error.ts'
import { joinUrl } from '../lib/join-url.ts'

/** A request ready for undici. */
export interface Outgoing {
  url: URL
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  headers: Record<string, string>
  body: Buffer | Readable | null
}

/** Where a signed request may be sent with its credential. */
export interface Destination {
  /** the channel's base URL; relative paths are joined to it */
  baseUrl: string
  /** further origins that may receive the channel's credential */
  origins?: readonly string[]
  /** the channel's credential: no header or query value that contains one of its secrets is sent elsewhere, whatever its name */
  credential?: Record<string, string>
  /** lower-case names of further headers that carry the credential */
  credentialHeaders?: readonly string[]
  /** what is taken out of the answer */
  secrets?: Secrets
}

/** Turns a signed request into one for undici. The credential is left out when the address is not the channel's. Throws UpstreamError. */
export async function toOutgoing(request: HttpRequest, destination: Destination): Promise<Outgoing> {
  const url = addressOf(request.path, destination.baseUrl)
  const trusted = mayHaveCredential(url, destination)
  if (trusted && destination.secrets) url.search = restored(url.search, destination.secrets)
  const extra = request.query && textOf(request.query, value => trusted || !holdsSecret(value, destination))
  // appended as text: the link's own query may be signed and must not change
  if (extra) url.search += (url.search ? '&' : '?') + extra
  const { contentType, contentLength, body } = await encodeBody(request.body)
  const own: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers ?? {}))
    if (!ours.has(name.toLowerCase())) own[name.toLowerCase()] = value
  return {
    url,
    method: request.method,
    headers: {
      accept: 'application/json',
      'user-agent': 'reelay',
      ...defined({ 'content-type': contentType }),
      ...(trusted ? own : withoutCredential(own, destination)),
      // a vendor's own header cannot know the boundary
      ...(contentType?.startsWith('multipart/') && { 'content-type': contentType }),
      ...(contentLength !== undefined && { 'content-length': String(contentLength) })
    },
    body
  }
}

/** Whether an address may receive the channel's credential. */
export function mayHaveCredential(url: URL, { baseUrl, origins = [] }: Destination): boolean {
  return url.origin === originOf(baseUrl) || origins.includes(url.origin)
}

// of channels, whose base URLs are few
const parsed = new LRUCache<string, { origin: string | undefined }>({ max: 1000 })

function originOf(baseUrl: string): string | undefined {
  let known = parsed.get(baseUrl)
  if (!known) parsed.set(baseUrl, (known = { origin: URL.parse(baseUrl)?.origin }))
  return known.origin
}

/** Returns a query as a text, without the values that are not permitted. */
function textOf(query: NonNullable<HttpRequest['query']>, isPermitted: (value: string) => boolean): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each])
  )
  return new URLSearchParams(pairs.filter(([, value]) => isPermitted(value))).toString()
}

/** Returns the headers without those that carry a credential, by name or by value. */
export function withoutCredential(headers: Record<string, string>, destination: Destination): Record<string, string> {
  const named = new Set([...credentialHeaders, ...(destination.credentialHeaders ?? [])])
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => !named.has(name) && !holdsSecret(value, destination))
  )
}

/** Returns the values of an outgoing request's credential headers, and what follows the scheme in them (`Bearer …`). */
export function credentialsIn({ headers }: Outgoing, { credentialHeaders: named = [] }: Destination): string[] {
  const found: string[] = []
  for (const name in headers)
    if (credentialHeaders.has(name) || named.includes(name)) {
      const value = headers[name]!
      found.push(value, value.slice(value.lastIndexOf(' ') + 1))
    }
  return found
}

// undici writes these itself
const ours = new Set(['host', 'content-length'])

const credentialHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'x-auth-token',
  'x-access-token',
  'x-token'
])

function addressOf(path: string, baseUrl: string): URL {
  const absolute = /^https?:\/\//i.test(path)
  // any other text could change the host: base + '@evil.example'
  const joined = path === '' || path.startsWith('/') ? joinUrl(baseUrl, path) : null
  const url = URL.parse(absolute ? path : (joined ?? ''))
  if (url) return url
  throw new UpstreamError(`${path} at ${baseUrl} is not a valid URL`, { sent: false, problem: 'unsendable' })
}

function holdsSecret(text: string, { credential = {} }: Destination): boolean {
  return Object.values(credential).some(secret => secret.length >= SHORTEST_SECRET && text.includes(secret))
}
