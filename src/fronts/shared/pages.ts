import type { Page, Paging } from '../front.ts'

/* Lists in numbered pages, with filters that look at the newest tasks. */

export interface NumberedPage {
  /** from 1 */
  number: number
  size: number
  /** by a field of the wire: the values that it may have */
  filters?: Readonly<Record<string, readonly string[]>>
}

/** Filters look at this many of the newest tasks. */
export const FILTERED = 500

/** Returns what to read for a page. */
export const readPage = ({ number, size, filters = {} }: NumberedPage): Paging =>
  Object.keys(filters).length ? { limit: FILTERED } : { limit: size, skip: (Math.max(number, 1) - 1) * size }

/** Returns a page of rows, and how many there are as far as is known. */
export function pageOf<Row extends object>(
  rows: readonly Row[],
  { hasMore }: Page,
  { number, size, filters = {} }: NumberedPage
): { items: readonly Row[]; total: number } {
  const skip = (Math.max(number, 1) - 1) * size
  const all = Object.entries(filters)
  if (!all.length) return { items: rows, total: skip + rows.length + (hasMore ? 1 : 0) }
  const found = rows.filter(row => all.every(([name, values]) => values.includes(String(row[name as keyof Row]))))
  return { items: found.slice(skip, skip + size), total: found.length }
}

/** Returns the values of the query parameters named, by the field that each filters. */
export function filtersIn(
  query: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>
): Record<string, string[]> {
  const given = Object.entries(names).map(
    ([name, field]) => [field, [query[name] ?? []].flat().map(String).filter(Boolean)] as const
  )
  return Object.fromEntries(given.filter(([, values]) => values.length))
}
