/* HTTP as data: what a vendor is sent, and what it answers. */

/** An HTTP request as data. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** below the channel's base URL; an absolute URL gets the credential only at the channel's origin or one of `credentialOrigins` */
  path: string
  query?: Record<string, string | readonly string[]>
  /** lower-case names */
  headers?: Record<string, string>
  body?: HttpBody
}

export type HttpBody = { json: unknown } | { multipart: readonly FormPart[] } | { urlencoded: Record<string, string> }

export type FormPart = { name: string; value: string } | { name: string; file: Bytes; filename: string }

/** A small file in base64, without a prefix. */
export interface Bytes {
  mimeType: string
  base64: string
}

export interface HttpAnswer {
  status: number
  /** lower-case names */
  headers: Record<string, string>
  /** parsed JSON (integers beyond 2^53 become strings), else the text; `''` when empty */
  body: unknown
}

/** What a vendor sees of a channel. `credential` reaches only `sign`, `token` and `callback`. */
export interface ChannelConfig {
  baseUrl: string
  credential: Record<string, string>
  options: Record<string, unknown>
}
