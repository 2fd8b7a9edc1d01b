/** Returns a text without the given character at its end. A regex for it would take quadratic time for many of them elsewhere. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end--
  return text.slice(0, end)
}
