import { JsonError, newTokenBudget, parseStrictJson, type TokenBudget } from '../../lib/strict-json.ts'

/** Whether a value is a text that begins like a list or object: forms have these as JSON. */
export const looksLikeJson = (value: unknown): value is string =>
  typeof value === 'string' && /^\s*[[{]/.test(value.slice(0, 20))

// a form has up to 1,000 texts: together they would take seconds
const MAX_TOKENS = 10_000

/** Returns the list or object that a text contains; anything else stays as it is. `budget`: what several texts may have together. */
export function fromJsonText(value: unknown, budget: TokenBudget = newTokenBudget(MAX_TOKENS)): unknown {
  if (!looksLikeJson(value)) return value
  try {
    return parseStrictJson(Buffer.from(value), budget)
  } catch (error) {
    if (error instanceof JsonError) return value
    throw error
  }
}
