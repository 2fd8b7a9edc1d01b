import { withoutSecrets } from '../lib/log-error.ts'

/** One line of `doctor`. */
export interface Check {
  name: string
  ok: boolean
  /** what was found, and what to do about a problem; commands begin with `reelay` */
  message: string
}

export const ok = (name: string, message: string): Check => ({ name, ok: true, message })
export const problem = (name: string, message: string): Check => ({ name, ok: false, message })

export const some = (all: readonly string[]) =>
  all.slice(0, 3).join('; ') + (all.length > 3 ? `; and ${all.length - 3} more` : '')

/** Runs a check; an error in it is a problem, and does not end the others. */
export async function attempt(name: string, check: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await check()
  } catch (error) {
    return problem(name, wordsOf(error))
  }
}

export function wordsOf(error: unknown): string {
  // true because property access on any object is safe; an AggregateError (all addresses failed) has no text of its own
  const { message, code, cause } = Object(error) as { message?: string; code?: string; cause?: { message?: string } }
  return withoutSecrets(cause?.message || message || code || String(error))
}
