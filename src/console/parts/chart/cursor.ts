import { useId, useSyncExternalStore } from 'react'

const places = new Map<string, number>()
const listeners = new Set<() => void>()

/** The point under the cursor, null: none. Charts of one name have one cursor. */
export function useCursor(name: string | undefined): [at: number | null, move: (to: number | null) => void] {
  const own = useId()
  const key = name ?? own
  const at = useSyncExternalStore(subscribe, () => places.get(key) ?? null)
  const move = (to: number | null) => {
    if (to === null) places.delete(key)
    else places.set(key, to)
    for (const listener of listeners) listener()
  }
  return [at, move]
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
