import { reportReachable } from '../state/reachable.ts'
import type { ErrorBody } from './types/index.ts'

/* Every request of the console goes through `request`. Addresses are relative to the gateway, wherever a proxy mounts it. */

type Query = Record<string, string | number | boolean | null | undefined>

interface Options {
  query?: object
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** An answer that is not a success, or none: then `status` is 0. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure'
  readonly status: number
  /** of the catalogue of the API; `offline` without an answer */
  readonly code: string
  /** the field that is wrong */
  readonly param: string | null
  readonly requestId: string | null

  constructor(
    message: string,
    details: { status: number; code: string; param?: string | null; requestId?: string | null }
  ) {
    super(message)
    this.status = details.status
    this.code = details.code
    this.param = details.param ?? null
    this.requestId = details.requestId ?? null
  }
}

/** Where the console is: `/console/`, below the path of a proxy if there is one. */
export const consoleBase = new URL('.', document.baseURI)

/** Returns the address of a path of the API, e.g. `/v1/videos`. */
export const addressOf = (path: string) => new URL(`..${path}`, consoleBase).href

/** Sends a request and returns its JSON. Throws RequestFailure. */
export async function request<Answer>(method: string, path: string, options: Options = {}): Promise<Answer> {
  const { query = {}, body, headers = {}, signal } = options
  const response = await send(addressOf(path) + queryOf(query), {
    method,
    headers: {
      accept: 'application/json',
      // no other site can send it, so it shows that a write comes from here
      'x-reelay-console': '1',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal })
  })
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw failureOf(response, answer)
  // the shapes are checked against the server's by test/console/shapes.test.ts
  return answer as Answer
}

export const get = <Answer>(path: string, query?: object, signal?: AbortSignal) =>
  request<Answer>('GET', path, { ...(query && { query }), ...(signal && { signal }) })

export const post = <Answer>(path: string, body: unknown = {}, headers?: Record<string, string>) =>
  request<Answer>('POST', path, { body, ...(headers && { headers }) })

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await globalThis.fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' })
    reportReachable(true)
    return response
  } catch (error) {
    if (init.signal?.aborted) throw error
    reportReachable(false)
    throw new RequestFailure('The gateway does not answer.', { status: 0, code: 'offline' })
  }
}

function failureOf(response: Response, answer: unknown): RequestFailure {
  const { status } = response
  // true of every error of the API; a proxy in front answers something else
  const { message, code, param } = (answer as Partial<ErrorBody> | null)?.error ?? {}
  return new RequestFailure(message ?? `HTTP ${status}`, {
    status,
    code: code ?? 'http_error',
    param: param ?? null,
    requestId: response.headers.get('x-request-id')
  })
}

/** Returns `?a=1`; null, undefined and empty text are left out. */
export function queryOf(query: object): string {
  const filled = Object.entries(query as Query).filter(
    ([, value]) => value !== null && value !== undefined && value !== ''
  )
  const text = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}
