import type { WireRequest } from '../front.ts'
import { invalid } from '../shared/refuse.ts'

const LONGEST_WAIT_SECONDS = 120

/** Returns how many seconds a request asks to wait: `?wait=30`, else `Prefer: wait=30` (RFC 7240); null: none. Throws invalid_request naming wait. */
export function waitOf({ query, headers }: Pick<WireRequest, 'query' | 'headers'>): number | null {
  const { wait } = query
  if (wait !== undefined) return seconds(wait)
  if (headers.prefer === undefined) return null
  const preferences = [headers.prefer].flat().flatMap(line => line.split(/[,;]/))
  const preferred = preferences.map(text => text.trim()).find(text => /^wait\s*(=|$)/i.test(text))
  if (preferred === undefined) return null
  const [, given = ''] = preferred.split(/=(.*)/s)
  return seconds(given.replaceAll('"', '').trim())
}

function seconds(text: unknown): number {
  if (typeof text === 'string' && /^\d{1,3}$/.test(text) && Number(text) <= LONGEST_WAIT_SECONDS) return Number(text)
  throw invalid('wait', `must be a whole number of seconds from 0 to ${LONGEST_WAIT_SECONDS}`)
}
