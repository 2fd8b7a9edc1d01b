import { clearSleep, wakeAfter } from '../agenda.ts'

/** Stands in for `setTimeout` of node:timers/promises. */
export function setTimeout<T>(milliseconds: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    // true because the original's own types promise the same of a value left out
    const entry = wakeAfter(() => resolve(value as T), milliseconds)
    signal?.addEventListener('abort', () => {
      clearSleep(entry)
      reject(signal.reason as Error)
    })
  })
}
