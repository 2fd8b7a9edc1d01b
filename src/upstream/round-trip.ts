import type { Dispatcher } from 'undici'
import { problemOfAbort, readNetworkError, UpstreamError, type UpstreamProblem } from './upstream-error.ts'
import type { Outgoing } from './outgoing.ts'

/** Limits of one round trip, in milliseconds and bytes. */
export interface ReadLimits {
  /** until the answer's headers */
  headersMs: number
  /** between two chunks of the answer's body */
  bodyMs: number
  /** for everything */
  totalMs: number
  maxBytes: number
  /** what to do with a longer answer: fail (default), or keep its beginning */
  overflow?: 'fail' | 'cut'
}

export interface WholeAnswer {
  status: number
  /** names in lower case; repeated headers joined with a comma */
  headers: Record<string, string>
  bytes: Buffer
}

/**
 * Sends one request exactly once and reads the whole answer; follows no redirect. Throws UpstreamError; its `sent` is false only when undici
 * never handed the request to a connected socket.
 */
export function roundTrip(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  { url, method, headers, body }: Outgoing,
  { headersMs, bodyMs, totalMs, maxBytes, overflow = 'fail' }: ReadLimits,
  signal?: AbortSignal
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let head: { status: number; headers: Record<string, string> } | undefined
    let chunks: Buffer[] = []
    let size = 0
    let over = false

    const end = () => {
      over = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    const fail = (problem: UpstreamProblem, text: string, cause?: unknown) => {
      if (over) return
      end()
      chunks = []
      const sent = controller !== undefined
      const message = `${method} ${url.origin}${url.pathname} got no answer: ${text}`
      reject(new UpstreamError(message, { sent, problem, status: head?.status, cause }))
      controller?.abort(new Error(text))
    }
    const succeed = () => {
      if (over || !head) return
      end()
      resolve({ ...head, bytes: Buffer.concat(chunks) })
    }
    const aborted = () => {
      if (signal) fail(problemOfAbort(signal), 'aborted by the caller', signal.reason)
    }
    const timer = setTimeout(() => fail('timeout', `not finished after ${totalMs} ms`), totalMs)
    if (signal?.aborted) return aborted()
    signal?.addEventListener('abort', aborted)

    const handler: Dispatcher.DispatchHandler = {
      // runs when a connected socket is about to get the first byte
      onRequestStart(started) {
        // aborted before there was a connection, or undici queued the request again: do not write it (a second time)
        if (over || controller) return started.abort(new Error('already aborted or sent'))
        controller = started
      },
      onResponseStart(_, status, raw) {
        if (status >= 200) head = { status, headers: flatten(raw) }
      },
      onResponseData(started, chunk) {
        if (over) return
        if (size + chunk.length > maxBytes) {
          if (overflow === 'fail') return fail('too_large', `the answer is longer than ${maxBytes} bytes`)
          chunks.push(chunk.subarray(0, maxBytes - size))
          succeed()
          return started.abort(new Error('the rest is not needed'))
        }
        size += chunk.length
        chunks.push(chunk)
      },
      onResponseEnd: succeed,
      onResponseError(_, error) {
        const { problem, text } = readNetworkError(error, controller !== undefined)
        fail(problem, text, error)
      }
    }
    const path = url.pathname + url.search
    dispatcher.dispatch(
      { origin: url.origin, path, method, headers, body, headersTimeout: headersMs, bodyTimeout: bodyMs },
      handler
    )
  })
}

/** Returns headers with lower-case names, repeated ones joined with a comma. */
export function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}
