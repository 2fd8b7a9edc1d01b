import { useSyncExternalStore } from 'react'

/* Whether the gateway answers. `api/client.ts` reports what happened to each request. */

let reachable = true
const listeners = new Set<() => void>()

export function reportReachable(value: boolean) {
  if (value === reachable) return
  reachable = value
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useReachable = (): boolean => useSyncExternalStore(subscribe, () => reachable)
