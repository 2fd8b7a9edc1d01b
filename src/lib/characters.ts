/** Returns how many characters (Unicode code points) a text has; where that is clearly more than `most`, any number above it. */
export function countCharacters(text: string, most: number): number {
  // a code point has one or two code units
  if (text.length <= most || text.length > 2 * most) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}
