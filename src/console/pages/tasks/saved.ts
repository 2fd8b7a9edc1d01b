import { useMemo, useSyncExternalStore } from 'react'
import { useSession } from '../../api/session.ts'
import { parameters, type Filters } from '../../state/task-filter.ts'
import { written } from '../../state/url.ts'

/** A filter that a person gave a name. */
export interface SavedView {
  name: string
  /** as in the address */
  search: string
}

/** What is saved of a filter: all of it, in one order, so that equal ones are equal texts. */
export const searchToSave = (url: Filters): string => written(parameters, url)

/** The views that this person saved in this browser, in the order they came. */
export function useSavedViews() {
  const { user, key } = useSession()
  const place = `reelay.views.${user?.id ?? key?.id ?? ''}`
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(place))
  const saved = useMemo(() => read(text), [text])
  const write = (views: readonly SavedView[]) => {
    localStorage.setItem(place, JSON.stringify(views))
    for (const listener of listeners) listener()
  }
  return {
    saved,
    /** `instead`: the name of the one that it takes the place of; another one of the new name ends. */
    save(view: SavedView, instead: string = view.name) {
      const others = saved.filter(({ name }) => name === instead || name !== view.name)
      const isKnown = others.some(({ name }) => name === instead)
      write(isKnown ? others.map(one => (one.name === instead ? view : one)) : [...others, view])
    },
    remove: (gone: string) => write(saved.filter(({ name }) => name !== gone))
  }
}

const listeners = new Set<() => void>()

function subscribe(listener: () => void) {
  listeners.add(listener)
  // another tab saved one
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

/** What is not a list of views, e.g. of another version, counts as none. */
function read(text: string | null): SavedView[] {
  try {
    const given: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(given) ? given.filter(isView) : []
  } catch {
    return []
  }
}

const isView = (given: unknown): given is SavedView =>
  typeof given === 'object' &&
  given !== null &&
  'name' in given &&
  typeof given.name === 'string' &&
  'search' in given &&
  typeof given.search === 'string'
