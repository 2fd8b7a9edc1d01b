/** Whether a value of JSON has at most so many characters, in texts and names; looks no further than that. */
export const isShort = (value: unknown, most: number): boolean => leftOf(most, value) >= 0

/** Returns how many characters are left, below 0 when the value is too long. Lists none of its values: every answer of a vendor is measured. */
function leftOf(most: number, value: unknown): number {
  if (typeof value === 'string') return most - value.length
  if (typeof value !== 'object' || value === null) return most - 8
  let left = most
  if (Array.isArray(value)) {
    for (const one of value) if ((left = leftOf(left, one)) < 0) return left
    return left
  }
  for (const name in value) {
    // true because `name` is one of its names
    left = leftOf(left - name.length, (value as Record<string, unknown>)[name])
    if (left < 0) return left
  }
  return left
}
