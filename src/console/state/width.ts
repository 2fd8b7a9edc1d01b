import { useSyncExternalStore } from 'react'

function subscribe(listener: () => void) {
  addEventListener('resize', listener)
  return () => removeEventListener('resize', listener)
}

/** How broad the window is, in pixels: tables leave out what does not fit. */
export const useWindowWidth = (): number => useSyncExternalStore(subscribe, () => innerWidth)
