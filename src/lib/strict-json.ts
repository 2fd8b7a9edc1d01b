import { isUtf8 } from 'node:buffer'

/* JSON without ambiguity: what two parsers could read differently is refused before it is parsed. */

const MAX_DEPTH = 32
const MAX_KEYS = 1000
const MAX_ITEMS = 10_000
// of brackets, commas, strings and words together: some ten milliseconds of reading
const MAX_TOKENS = 100_000

/** How many tokens may still be read. Several texts of one request share it. */
export interface TokenBudget {
  tokens: number
}

/** Returns the budget of one body. */
export const newTokenBudget = (tokens = MAX_TOKENS): TokenBudget => ({ tokens })

/** Why a body was refused; `message` is for the client. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
}

/**
 * Parses UTF-8 JSON. Throws JsonError on invalid UTF-8 or JSON, more than 32 levels, 1,000 keys, 10,000 items in a list or 100,000 tokens in all,
 * duplicate keys, `__proto__` and `constructor.prototype`, integers beyond 2^53, numbers that overflow, lone surrogates and U+0000.
 */
export function parseStrictJson(bytes: Buffer, budget: TokenBudget = newTokenBudget()): unknown {
  if (!isUtf8(bytes)) throw new JsonError('The body is not valid UTF-8.')
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  scan(text, budget)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new JsonError('The body is not valid JSON.')
  }
  // valid UTF-8 contains no lone surrogate, and JSON no raw U+0000: only escapes can make them
  if (text.includes('\\u')) refuseBadText(value)
  return value
}

interface Level {
  keys: Set<string> | null
  /** the key in the object around it */
  name: string | undefined
  /** the last key in it */
  key?: string
  items: number
  /** in an object: the next string is a key */
  atKey: boolean
}

function scan(text: string, budget: TokenBudget) {
  const levels: Level[] = []
  let totalKeys = 0
  for (let at = 0; at < text.length;) {
    if (--budget.tokens < 0) throw new JsonError('The body has too many values.')
    const level = levels.at(-1)
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
      case 0x5b: {
        const isObject = text[at] === '{'
        levels.push({ keys: isObject ? new Set() : null, name: level?.key, items: 0, atKey: isObject })
        if (levels.length > MAX_DEPTH) throw new JsonError(`The body is nested deeper than ${MAX_DEPTH} levels.`)
        at++
        break
      }
      case 0x7d: // }
      case 0x5d:
        levels.pop()
        at++
        break
      case 0x2c: // ,
        if (level) {
          level.atKey = level.keys !== null
          if (++level.items > MAX_ITEMS) throw new JsonError(`A list in the body has more than ${MAX_ITEMS} items.`)
        }
        at++
        break
      case 0x22: {
        const end = endOfString(text, at, budget)
        if (level?.keys && level.atKey) {
          if (++totalKeys > MAX_KEYS) throw new JsonError(`The body has more than ${MAX_KEYS} keys.`)
          level.key = keyIn(text.slice(at, end), level.keys, level.name)
          level.atKey = false
        }
        at = end
        break
      }
      default:
        at = skipPlain(text, at)
    }
  }
}

function endOfString(text: string, start: number, budget: TokenBudget): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    // escaped quotes count, too: millions of them take seconds
    if (--budget.tokens < 0) throw new JsonError('The body has too many quotes in its strings.')
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return quote + 1
  }
  throw new JsonError('The body is not valid JSON.')
}

/** Returns the key in quotes and remembers it. `name`: the key of the object that it is in. */
function keyIn(quoted: string, keys: Set<string>, name: string | undefined): string {
  let key: string
  try {
    key = JSON.parse(quoted) as string // a JSON string literal parses to a string
  } catch {
    throw new JsonError('The body is not valid JSON.')
  }
  if (key === '__proto__') throw new JsonError('The key __proto__ is not allowed.')
  if (key === 'prototype' && name === 'constructor')
    throw new JsonError('The key prototype is not allowed in constructor.')
  if (keys.has(key)) throw new JsonError(`The key ${key.slice(0, 100)} appears twice in one object.`)
  keys.add(key)
  return key
}

const plain = /[^\s"{}[\],:]+|[\s:]+/y

function skipPlain(text: string, at: number): number {
  plain.lastIndex = at
  const [token = ''] = plain.exec(text) ?? []
  if (/^-?\d/.test(token)) {
    const number = Number(token)
    if (!Number.isFinite(number)) throw new JsonError(`The number ${token.slice(0, 40)} is too large.`)
    if (Number.isInteger(number) && !Number.isSafeInteger(number))
      throw new JsonError(`The integer ${token.slice(0, 40)} is too large to be exact; send it as a string.`)
  }
  return at + Math.max(token.length, 1)
}

function refuseBadText(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new JsonError('A string contains half a character (a lone surrogate).')
    if (value.includes('\0')) throw new JsonError('A string contains the character U+0000.')
  } else if (Array.isArray(value)) value.forEach(refuseBadText)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      refuseBadText(key)
      refuseBadText(inner)
    }
  }
}
