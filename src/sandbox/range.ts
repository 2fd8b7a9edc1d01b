export type Range = { start: number; /** inclusive */ end: number }

/** Reads a `Range` header (RFC 9110 §14): null for the whole file, also for units or several ranges that are not served. */
export function rangeOf(header: string | undefined, size: number): Range | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (!match[1] && !match[2])) return null
  const [first, last] = [match[1], match[2]].map(text => (text ? Number(text) : null))
  if (first === null || first === undefined)
    return last ? { start: Math.max(0, size - last), end: size - 1 } : 'unsatisfiable'
  if (last !== null && last !== undefined && last < first) return null
  return first < size ? { start: first, end: Math.min(last ?? size - 1, size - 1) } : 'unsatisfiable'
}
