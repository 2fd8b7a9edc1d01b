/** One byte range of a file of `size` bytes: null without a usable header (serve all), `unsatisfiable` past its end. */
export function parseRange(
  header: string | undefined,
  size: number
): { start: number; end: number } | null | 'unsatisfiable' {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (from === '' && to === '') return null
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (start >= size || start > end)
    return from !== '' && to !== '' && Number(from) > Number(to) ? null : 'unsatisfiable'
  return { start, end }
}
