import { useSyncExternalStore } from 'react'

/* One clock for all relative times: it ticks while somebody looks. */

const STEP = 5000

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, STEP)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** Returns the time in milliseconds; renders again every five seconds. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)

/** Returns the time in milliseconds, rounded down to a step; renders again when that is another. */
export const useNowBy = (stepMs: number): number =>
  useSyncExternalStore(subscribe, () => Math.floor(now / stepMs) * stepMs)
