/* Vendors repeat prompts in their messages. No pattern matches a prompt, but what was asked is known. */

// shorter runs are words that any two texts share
const RUN = 12
const SHORTEST = 3

/** Returns a text with `…` in place of what it repeats of `asked`: every run of 12 characters or more, and each whole text of 3 or more. */
export function withoutEcho(text: string, asked: readonly string[]): string {
  const lower = text.toLowerCase()
  // a letter whose lower case is longer would shift what follows
  if (lower.length !== text.length) return withoutEcho(lower, asked)
  const isEcho = new Uint8Array(text.length)
  const mark = (from: number, length: number) => isEcho.fill(1, from, from + length)
  for (const one of asked) {
    const known = one.trim().toLowerCase()
    if (known.length >= SHORTEST && known.length < RUN)
      for (let at = lower.indexOf(known); at !== -1; at = lower.indexOf(known, at + 1)) mark(at, known.length)
    if (known.length < RUN) continue
    for (let at = 0; at + RUN <= lower.length; at++) if (known.includes(lower.slice(at, at + RUN))) mark(at, RUN)
  }
  let kept = ''
  for (let at = 0; at < text.length; at++) {
    if (!isEcho[at]) kept += text[at]
    else if (!isEcho[at - 1]) kept += '…'
  }
  return kept
}

/** Returns every string in a value, however deep. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}
