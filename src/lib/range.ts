/** One byte range of a file; both ends included. */
export interface Range {
  start: number
  end: number
}

/**
 * Reads a `Range` header (RFC 9110 §14) for a file of `size` bytes. Returns null for the whole file, also when the header is malformed or asks
 * for several ranges, and `unsatisfiable` when it starts past the end.
 */
export function parseRange(header: string | undefined, size: number): Range | 'unsatisfiable' | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (from === '' && to === '') return null
  if (from !== '' && to !== '' && Number(to) < Number(from)) return null
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start <= end ? { start, end } : 'unsatisfiable'
}
