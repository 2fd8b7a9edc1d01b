/** A table that is asked with words from outside: it has its own entries and nothing else, not even `constructor`. */
export function table<Value>(entries: Record<string, Value>): Record<string, Value> {
  // true because an object without a prototype has what is put into it
  return Object.assign(Object.create(null) as Record<string, Value>, entries)
}
