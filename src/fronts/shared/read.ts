import { isRecord } from '../../lib/records.ts'
import type { WireRequest } from '../front.ts'
import { invalid } from './refuse.ts'
import { ApiError } from '../../errors.ts'

/** Returns the body as an object. Throws invalid_request. */
export function bodyOf({ body }: Pick<WireRequest, 'body'>): Record<string, unknown> {
  if (isRecord(body)) return body
  throw new ApiError('invalid_request', { message: 'The body must be a JSON object.' })
}

/** Returns a field that is an object; an absent one is empty. Throws invalid_request. */
export function objectIn(body: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = body[name] ?? {}
  if (isRecord(value)) return value
  throw invalid(name, 'must be an object')
}

/** Returns the fields without those named. */
export const without = (fields: Readonly<Record<string, unknown>>, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

/** Returns a whole number of the query within bounds, or the default. */
export function numberIn(query: WireRequest['query'], name: string, fallback: number, most: number): number {
  const value = Number(query[name] ?? fallback)
  if (!Number.isInteger(value) || value < 0 || value > most) throw invalid(name, `must be 0 to ${most}`)
  return value
}

/** Returns the first text of a header. */
export const headerOf = ({ headers }: Pick<WireRequest, 'headers'>, name: string): string | undefined =>
  [headers[name]].flat()[0]
