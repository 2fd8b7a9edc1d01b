import { useEffect, useRef } from 'react'

/*
 * Keys of the whole page, by name: `j`, `?`, `mod+k` (⌘ or Ctrl), `g t` (one after the other). What was mounted last is asked first. Single keys
 * do nothing while a field has the focus or a dialog is open.
 */

type Keys = Record<string, (() => void) | undefined>

const PAUSE_MS = 1000

const layers: { current: Keys }[] = []
let first: { key: string; at: number } | null = null

/** Runs a function when its key is pressed, while the component is mounted. */
export function useShortcuts(keys: Keys) {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    if (layers.push(latest) === 1) addEventListener('keydown', onKeyDown)
    return () => {
      layers.splice(layers.indexOf(latest), 1)
      if (layers.length === 0) removeEventListener('keydown', onKeyDown)
    }
  }, [])
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return
  const withModifier = event.metaKey || event.ctrlKey
  if (!withModifier && (isField(event.target) || isCovered())) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const run = find(withModifier ? [`mod+${key.toLowerCase()}`] : [...afterFirst(key, event.timeStamp), key])
  first = withModifier ? null : { key, at: event.timeStamp }
  if (!run) return
  event.preventDefault()
  first = null
  run()
}

const afterFirst = (key: string, at: number) => (first && at - first.at < PAUSE_MS ? [`${first.key} ${key}`] : [])

function find(names: string[]): (() => void) | undefined {
  for (const { current } of layers.toReversed()) for (const name of names) if (current[name]) return current[name]
  return undefined
}

const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input:not([type=range],[type=checkbox],[type=radio]), textarea, select'))

/** A dialog or a menu in front has keys of its own. */
const isCovered = () => document.querySelector('[role=dialog], [role=menu]') !== null

/** How keys are written on this computer. */
export const modifier = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl '
