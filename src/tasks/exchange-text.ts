import { joinUrl } from '../lib/join-url.ts'
import { withoutTokens } from '../lib/log-error.ts'
import type { ChannelConfig, HttpAnswer, HttpBody, HttpRequest } from '../vendors/vendor.ts'
import type { LoggedRequest, LoggedResponse } from '../db/index.ts'

/* What the exchange log stores of a request and its answer: without credentials and files, and not much of either. */

/** characters of one text in a body */
const LONGEST_TEXT = 4000
/** characters of a body as JSON */
const LONGEST_BODY = 16_000
const DEEPEST = 12
// shorter values (a region, a user id) are no secrets and would match by accident
const SHORTEST_SECRET = 8

const secretHeaders = /^(authorization|proxy-authorization|cookie|set-cookie)$|key|token|secret|signature/i

/** Returns a request as it is stored. `request` must not be signed. Values of the channel's credential do not appear. */
export function describeRequest(
  request: HttpRequest,
  { baseUrl, credential }: ChannelConfig
): { logged: LoggedRequest; truncated: boolean } {
  const clean = cleaner(credential)
  const { body, truncated } = clean.body(bodyOf(request.body))
  const url = /^https?:\/\//i.test(request.path) ? request.path : joinUrl(baseUrl, request.path)
  const query = new URLSearchParams(
    Object.entries(request.query ?? {}).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)])
    )
  ).toString()
  return {
    logged: {
      method: request.method,
      url: clean.secrets(query ? `${url}?${query}` : url),
      headers: clean.headers(request.headers ?? {}),
      body
    },
    truncated
  }
}

/** Returns an answer as it is stored. */
export function describeAnswer(
  answer: HttpAnswer,
  { credential }: ChannelConfig
): { logged: LoggedResponse; truncated: boolean } {
  const clean = cleaner(credential)
  const { body, truncated } = clean.body(answer.body)
  return { logged: { status: answer.status, headers: clean.headers(answer.headers), body }, truncated }
}

/** Replaces values of the channel's credential in a text, e.g. an error's message. */
export const withoutSecretValues = (text: string, { credential }: ChannelConfig) => cleaner(credential).text(text)

function bodyOf(body: HttpBody | undefined): unknown {
  if (!body) return null
  if ('json' in body) return body.json
  if ('urlencoded' in body) return body.urlencoded
  return body.multipart.map(part =>
    'file' in part ? { name: part.name, file: part.filename, type: part.file.mimeType } : part
  )
}

function cleaner(credential: ChannelConfig['credential']) {
  const known = Object.values(credential).filter(value => value.length >= SHORTEST_SECRET)
  const secrets = (text: string) => known.reduce((clean, secret) => clean.replaceAll(secret, '…'), text)
  const text = (given: string): string => {
    if (/^data:[\w.+-]+\/[\w.+-]+;base64,/i.test(given.slice(0, 100)) || isBase64(given))
      return `[${given.length} characters left out]`
    const short = given.length > LONGEST_TEXT ? `${given.slice(0, LONGEST_TEXT)}…` : given
    return withoutTokens(secrets(short))
  }
  const value = (given: unknown, depth = 0): unknown => {
    if (typeof given === 'string') return text(given)
    if (typeof given !== 'object' || given === null) return given
    if (depth === DEEPEST) return '…'
    if (Array.isArray(given)) return given.map(one => value(one, depth + 1))
    return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, value(one, depth + 1)]))
  }

  return {
    secrets,
    text,

    headers: (given: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(given).map(([name, one]) => [name, secretHeaders.test(name) ? '…' : text(one)])
      ),

    body(given: unknown): { body: unknown; truncated: boolean } {
      const whole = value(given)
      const json = JSON.stringify(whole ?? null)
      return json.length <= LONGEST_BODY
        ? { body: whole ?? null, truncated: false }
        : { body: json.slice(0, LONGEST_BODY), truncated: true }
    }
  }
}

// an image as vendors take it without a prefix
const isBase64 = (text: string) => text.length > 1000 && /^[A-Za-z0-9+/=\r\n]+$/.test(text.slice(0, 1000))
