import { expect } from 'vitest'
import { multipart, type Part, type RawAnswer } from '../support/wire.ts'

/** A request to be written byte by byte. `undefined` takes a usual header away. */
export interface Request {
  method?: string
  path?: string
  headers?: Record<string, string | undefined>
  body?: Buffer | string
}

/** The bytes of a request, with the headers that every client sends unless told otherwise. */
export function bytesOf({ method = 'GET', path = '/v1/videos', headers = {}, body }: Request, key: string): Buffer {
  const all: Record<string, string | undefined> = {
    host: 'gateway.test',
    authorization: `Bearer ${key}`,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    connection: 'close',
    ...headers
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  // latin1, so that a test may write any byte into a header
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return Buffer.concat([head, Buffer.from(body ?? '')])
}

/** A create as JSON: an object, or the very text. */
export function json(body: unknown, path = '/v1/videos'): Request {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  }
}

/** A create as a form. */
export function form(parts: readonly Part[], path = '/v1/videos'): Request {
  const headers = { 'content-type': 'multipart/form-data; boundary=----formdata-undici-026559762763' }
  return { method: 'POST', path, headers, body: multipart('----formdata-undici-026559762763', parts) }
}

const types =
  /^(invalid_request_error|authentication_error|permission_error|rate_limit_error|insufficient_quota|server_error)$/

/** The one body of every error, with what names the request. */
export function expectError(
  { status, headers, body }: RawAnswer,
  wanted: [status: number, code: string, param?: string]
) {
  const [wantedStatus, code, param = null] = wanted
  expect([status, body?.code, body?.param]).toEqual([wantedStatus, code, param])
  const { error, ...flat } = body
  expect(flat).toEqual({ message: expect.any(String), type: expect.stringMatching(types), param, code })
  expect(error).toEqual(flat)
  expect(body.message).not.toBe('')
  expect(body.message).not.toMatch(/node_modules|\bat \w+ \(|\/(work|home|tmp|usr)\//)
  expect(headers['content-type']).toMatch(/^application\/json/)
  expect(headers['x-request-id']).toMatch(/^\S+$/)
  expect(headers['cache-control']).toBe('no-store')
}
