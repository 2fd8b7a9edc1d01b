/** Parses JSON; integers that a double would round become strings (vendors' int64 ids). Returns the text itself when it is not JSON. */
export function parseLossless(text: string): unknown {
  if (text === '') return ''
  try {
    if (!/\d{16,}/.test(text)) return JSON.parse(text)
    return JSON.parse(text, keepBigIntegers as (key: string, value: unknown) => unknown)
  } catch {
    return text
  }
}

// the third argument is ES2025's source text access: Node 24 has it, TypeScript's lib does not yet
function keepBigIntegers(_key: string, value: unknown, { source }: { source: string }): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value
}
