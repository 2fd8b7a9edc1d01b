import { JsonError, parseStrictJson } from '../../lib/strict-json.ts'

/** Whether a value is a text that begins like a list or object: forms have these as JSON. */
export const looksLikeJson = (value: unknown): value is string =>
  typeof value === 'string' && /^\s*[[{]/.test(value.slice(0, 20))

/** Returns the list or object that a text contains; anything else stays as it is. */
export function fromJsonText(value: unknown): unknown {
  if (!looksLikeJson(value)) return value
  try {
    return parseStrictJson(Buffer.from(value))
  } catch (error) {
    if (error instanceof JsonError) return value
    throw error
  }
}
