/** Whether a value of JSON has at most so many characters, in texts and names; looks no further than that. */
export function isShort(value: unknown, most: number): boolean {
  let left = most
  const count = (one: unknown): boolean => {
    if (typeof one === 'string') return (left -= one.length) >= 0
    if (typeof one !== 'object' || one === null) return (left -= 8) >= 0
    if (Array.isArray(one)) return one.every(count)
    return Object.entries(one).every(([name, inner]) => (left -= name.length) >= 0 && count(inner))
  }
  return count(value)
}
