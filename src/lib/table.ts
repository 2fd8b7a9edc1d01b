/** A lookup table for names from outside: only its own entries are found, not even `constructor`. */
export function table<Value>(entries: Record<string, Value>): Record<string, Value> {
  // true because an object without a prototype has only what is assigned to it
  return Object.assign(Object.create(null) as Record<string, Value>, entries)
}
