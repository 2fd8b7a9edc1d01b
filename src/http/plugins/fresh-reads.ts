import type { Signal } from '../../lib/signal.ts'
import { createRecent } from '../../lib/recent.ts'

interface Dependencies {
  now(): number
  /** each emits when rows may have changed in this process */
  changes: readonly Signal[]
}

// another process may change a row, so it is read again after this time
const FRESH_MS = 1000

/** Remembers rows for a second, by name; concurrent requests share one read. Returns a row at once when it is remembered. */
export function createFreshReads<Row extends object>({ now, changes }: Dependencies) {
  const cache = createRecent<{ row: Row; at: number }>(10_000)
  const loading = new Map<string, Promise<Row | undefined>>()
  for (const signal of changes)
    signal.subscribe(() => {
      cache.clear()
      loading.clear()
    })

  function load(name: string, read: () => Promise<Row | undefined>): Promise<Row | undefined> {
    const loaded = read()
      .then(row => {
        // a row read before a change must not be cached
        if (row && loading.get(name) === loaded) cache.set(name, { row, at: now() })
        return row
      })
      .finally(() => {
        if (loading.get(name) === loaded) loading.delete(name)
      })
    loading.set(name, loaded)
    return loaded
  }

  return (name: string, read: () => Promise<Row | undefined>): Row | Promise<Row | undefined> => {
    const cached = cache.get(name)
    // a clock that was set back must not keep a revoked key valid
    if (cached && Math.abs(now() - cached.at) < FRESH_MS) return cached.row
    return loading.get(name) ?? load(name, read)
  }
}
