import { wellFormed } from '../lib/clean-text.ts'
import { parseLossless } from '../lib/json.ts'
import type { Redactor } from './redact.ts'

/* An answer as an adapter may read it: no deeper and no larger than any reader can bear, its strings whole and without the credential. */

const DEEPEST = 100
// of values, names and commas in strings; the largest lists that vendors return have some thousands
const MOST_NODES = 200_000
const LONG = 4 * 1024 * 1024
const utf8 = new TextDecoder()

/**
 * Parses the body of an answer. JSON with more than 100 levels or 200,000 values is not parsed: a text that says so takes its place. In every
 * string, names included, lone surrogates and U+0000 become U+FFFD, and the credential `[credential]`.
 */
export function readBody(bytes: Uint8Array, redactor: Redactor): unknown {
  const problem = problemOf(bytes)
  if (problem) return problem
  const text = utf8.decode(bytes)
  const body = parseLossless(text)
  // only escapes can make half a character or hide a credential
  const isClean = text.length <= LONG && !text.includes('\\') && !text.includes('\0') && !redactor.concerns(text)
  return isClean ? body : cleaned(body, one => (isFile(one) ? one : redactor.clean(wellFormed(one))))
}

/** Returns headers with the credential taken out of their values. */
export function readHeaders(headers: Record<string, string>, { concerns, clean }: Redactor): Record<string, string> {
  if (!Object.values(headers).some(concerns)) return headers
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, clean(value)]))
}

/** Whether a string is a file in base64, with or without the head of a `data:` URL: too long to search, and not prose. */
function isFile(text: string): boolean {
  if (text.length < 65_536) return false
  const head = text.slice(0, 4096)
  return /^[A-Za-z\d+/=_-]+$/.test(head.startsWith('data:') ? head.slice(head.indexOf(',') + 1) : head)
}

function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map(one => cleaned(one, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [clean(name), cleaned(one, clean)]))
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d]
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d]
// white space of JSON, and a byte order mark
const blanks = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])

/** Why a body may not be parsed; null: it may, or is no JSON. Counts before anything is built. */
function problemOf(bytes: Uint8Array): string | null {
  const start = bytes.findIndex(byte => !blanks.has(byte))
  if (bytes[start] !== OPEN_LIST && bytes[start] !== OPEN_OBJECT) return null
  let depth = 0
  let nodes = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (byte === COMMA) nodes++
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      nodes++
      if (++depth > DEEPEST) return `The answer is not readable: it has more than ${DEEPEST} levels.`
    }
    if (nodes > MOST_NODES) return `The answer is not readable: it has more than ${MOST_NODES} values.`
  }
  return null
}

function endOfString(bytes: Uint8Array, start: number): number {
  for (let quote = bytes.indexOf(QUOTE, start + 1); quote !== -1; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return bytes.length
}
