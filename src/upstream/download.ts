import type { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import type { Bytes, HttpRequest } from '../vendors/vendor.ts'
import type { Guard } from './guard.ts'
import { defined } from '../lib/defined.ts'
import { giveBack } from '../lib/give-back.ts'
import { inTurn } from '../lib/in-turn.ts'
import { IMAGE_LIMIT, imageTypeOf } from '../lib/image-type.ts'
import { mayHaveCredential, toOutgoing, withoutCredential, type Outgoing, type Destination } from './outgoing.ts'
import { flatten } from './round-trip.ts'
import { problemOfAbort, readNetworkError, UpstreamError } from './upstream-error.ts'

/** A plain link, or a signed request and where its credential may be sent. */
export type Target = { url: string } | ({ request: HttpRequest } & Destination)

export interface OpenOptions {
  /** the client's `Range` header, passed on */
  range?: string
  /** default: the request's own method, `GET` for a link */
  method?: 'GET' | 'HEAD'
  signal?: AbortSignal
}

/**
 * The answer. `ok: false` is an HTTP error (403, 404, 410: the link has expired); its body is discarded. Headers are content-type,
 * content-length, content-range, accept-ranges, etag and last-modified, as far as the server sent them.
 */
export type Opened =
  | { ok: true; status: number; headers: Record<string, string>; /** must be read or destroyed */ body: Readable }
  | { ok: false; status: number; headers: Record<string, string> }

export interface SmallOptions {
  /** default: 20 MiB */
  maxBytes?: number
  signal?: AbortSignal
}

export interface Download {
  /** Streams a file of any size in constant memory. Throws UpstreamError when there is no HTTP answer. */
  open(target: Target, options?: OpenOptions): Promise<Opened>
  /** Reads a whole image; its type is read from its bytes. Throws UpstreamError, also when it is not an image or too large. */
  small(url: string, options?: SmallOptions): Promise<Bytes>
  /** Closes every connection at once. */
  close(): Promise<void>
}

/** Milliseconds; tests shorten them. */
export interface DownloadTimes {
  connectMs: number
  headersMs: number
  /** between two chunks, while the reader is reading */
  idleMs: number
  /** for the whole of a small file */
  smallMs: number
}

const defaultTimes: DownloadTimes = { connectMs: 5000, headersMs: 30_000, idleMs: 30_000, smallMs: 60_000 }
const MOST_REDIRECTS = 5
// signed links are long; far below what servers accept
const LONGEST_URL = 16_384
const BUFFER = 256 * 1024

/** Fetches files from addresses that vendors and clients name. */
export function createDownload({ guard, times }: { guard: Guard; times?: Partial<DownloadTimes> }): Download {
  const { connectMs, headersMs, idleMs, smallMs } = { ...defaultTimes, ...times }
  const agent = new Agent({ connect: guard.connector(connectMs), headersTimeout: headersMs, bodyTimeout: idleMs })

  async function open(target: Target, { range, method, signal }: OpenOptions = {}): Promise<Opened> {
    const destination: Destination = 'url' in target ? { baseUrl: '' } : target
    const first = await toOutgoing('url' in target ? { method: 'GET', path: target.url } : target.request, destination)
    const headers = { ...first.headers, accept: '*/*', 'accept-encoding': 'identity', ...defined({ range }) }
    let outgoing: Outgoing = { ...first, headers, method: first.method === 'GET' ? (method ?? 'GET') : first.method }
    for (let redirects = 0; ; redirects++) {
      outgoing.url = secured(outgoing.url)
      const { statusCode, headers: raw, body } = await send(outgoing, signal)
      const received = flatten(raw)
      if (statusCode >= 200 && statusCode < 300) {
        refuseCoding(received, body)
        return { ok: true, status: statusCode, headers: passedOn(received), body }
      }
      body.destroy()
      const location =
        redirectStatuses.has(statusCode) && outgoing.body === null && redirectedTo(received.location, outgoing.url)
      if (!location) return { ok: false, status: statusCode, headers: passedOn(received) }
      if (redirects === MOST_REDIRECTS) throw new UpstreamError(`more than ${MOST_REDIRECTS} redirects`, { sent: true })
      // from the first headers, so that a redirect back to the channel's own origin is signed again
      outgoing = {
        ...outgoing,
        url: location,
        headers: mayHaveCredential(location, destination) ? headers : withoutCredential(headers, destination)
      }
    }
  }

  async function send(
    { url, method, headers, body }: Outgoing,
    signal?: AbortSignal
  ): Promise<Dispatcher.ResponseData> {
    const reason = guard.check(url.href, LONGEST_URL)
    if (reason)
      throw new UpstreamError(`${url.origin} was not fetched: it ${reason}`, {
        sent: false,
        problem: 'address_refused'
      })
    const path = url.pathname + url.search
    try {
      const options = { origin: url.origin, path, method, headers, body, highWaterMark: BUFFER }
      const answer = await agent.request({ ...options, ...defined({ signal }) })
      // undici reports an early end as an error even when the reader stopped reading
      answer.body.on('error', () => {})
      return answer
    } catch (cause) {
      // nothing depends on `sent` of a download; true promises nothing
      const { problem, text } = readNetworkError(cause, true)
      throw new UpstreamError(`${method} ${url.origin}${url.pathname} got no answer: ${text}`, {
        sent: problem !== 'address_refused',
        problem: signal?.aborted ? problemOfAbort(signal) : problem,
        cause
      })
    }
  }

  async function small(url: string, { maxBytes = IMAGE_LIMIT, signal }: SmallOptions = {}): Promise<Bytes> {
    const deadline = AbortSignal.timeout(smallMs)
    try {
      const opened = await open({ url }, { signal: signal ? AbortSignal.any([signal, deadline]) : deadline })
      if (!opened.ok) throw new UpstreamError(`${url} answered ${opened.status}`, { sent: true, status: opened.status })
      const bytes = await readUpTo(maxBytes, opened.body, Number(opened.headers['content-length'] ?? 0))
      const mimeType = imageTypeOf(bytes)
      if (!mimeType) throw new UpstreamError(`${url} is not an image`, { sent: true, problem: 'not_an_image' })
      const base64 = await inTurn(() => bytes.toString('base64'))
      giveBack(bytes)
      return { mimeType, base64 }
    } catch (cause) {
      if (deadline.aborted) {
        const message = `${url} was not read within ${smallMs} ms`
        throw new UpstreamError(message, { sent: true, problem: 'timeout', cause })
      }
      if (cause instanceof UpstreamError) throw cause
      const { problem, text } = readNetworkError(cause, true)
      const given = signal?.aborted ? problemOfAbort(signal) : problem
      throw new UpstreamError(`${url} cannot be read: ${text}`, { sent: true, problem: given, cause })
    }
  }

  return { open, small, close: () => agent.destroy() }

  /** Plain HTTP only where the guard permits it; otherwise the same URL over TLS. */
  function secured(url: URL): URL {
    if (url.protocol !== 'http:' || guard.check(url.href, LONGEST_URL) === null) return url
    return new URL(url.href.replace(/^http:/, 'https:'))
  }
}

const redirectStatuses = new Set([301, 302, 303, 307, 308])

const passedOnNames = [
  'content-type',
  'content-length',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified'
] as const

/** Returns the headers of a file that are passed on. */
export function passedOn(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(passedOnNames.flatMap(name => (headers[name] === undefined ? [] : [[name, headers[name]]])))
}

function redirectedTo(location: string | undefined, from: URL): URL | null {
  return location === undefined ? null : URL.parse(location, from.href)
}

/** Throws UpstreamError, and closes the body, when a file is compressed. */
export function refuseCoding(headers: Record<string, string>, body: Readable): void {
  const coding = headers['content-encoding'] ?? 'identity'
  if (coding === 'identity') return
  body.destroy()
  // length and ranges would not be those of the file
  throw new UpstreamError(`the server sent the file as ${coding}, although identity was requested`, { sent: true })
}

/** Reads a body. With a length that is announced the bytes are in memory once. */
async function readUpTo(maxBytes: number, body: Readable, announced: number): Promise<Buffer> {
  const whole = announced > 0 && announced <= maxBytes ? Buffer.allocUnsafe(announced) : null
  const chunks: Buffer[] = []
  let size = 0
  // true because undici's body streams consist of Buffers
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (size + chunk.length > (whole?.length ?? maxBytes))
      throw new UpstreamError(`longer than ${maxBytes} bytes`, { sent: true, problem: 'too_large' })
    if (whole) chunk.copy(whole, size)
    else chunks.push(chunk)
    size += chunk.length
  }
  return whole ? whole.subarray(0, size) : Buffer.concat(chunks)
}
