import { useEffect, useRef } from 'react'
import { addressOf } from '../api/client.ts'
import { reportReachable } from './reachable.ts'

/* Server-sent events. One connection for each address, however many components listen. */

type Listener = (name: string, data: unknown) => void

interface Stream {
  listeners: Set<Listener>
  close(): void
}

const RETRY_MS = 5000
const LONGEST_RETRY_MS = 60_000

/** Sent to listeners when a connection is back: what happened meanwhile was missed. */
export const REOPENED = 'reopened'

const streams = new Map<string, Stream>()

/**
 * Calls `listener` with every event of a path of the API while the component is mounted, e.g. `useStream('/admin/events', ['task'], …)`; null:
 * with none. `names` must be a constant.
 */
export function useStream(path: string | null, names: readonly string[], listener: Listener) {
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  useEffect(() => {
    if (path === null) return undefined
    const stream = streams.get(path) ?? open(path, names)
    streams.set(path, stream)
    const listen: Listener = (name, data) => latest.current(name, data)
    stream.listeners.add(listen)
    return () => {
      stream.listeners.delete(listen)
      if (stream.listeners.size > 0) return
      stream.close()
      streams.delete(path)
    }
  }, [path, names])
}

function open(path: string, names: readonly string[]): Stream {
  const listeners = new Set<Listener>()
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = RETRY_MS
  let wasOpen = false
  let errors = 0
  const tell = (name: string, data: unknown) => {
    for (const listener of listeners) listener(name, data)
  }

  function connect() {
    source = new EventSource(addressOf(path))
    source.addEventListener('open', () => {
      reportReachable(true)
      retryMs = RETRY_MS
      errors = 0
      if (wasOpen) tell(REOPENED, null)
      wasOpen = true
    })
    source.addEventListener('error', () => {
      // a connection may end for many reasons; when the next fails too, nobody answers
      errors += 1
      if (errors > 1 && source.readyState !== EventSource.CLOSED) reportReachable(false)
      // it connects again by itself, unless the answer was an error or the end
      if (source.readyState !== EventSource.CLOSED) return
      timer = setTimeout(connect, retryMs)
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    })
    for (const name of names)
      source.addEventListener(name, event => tell(name, JSON.parse((event as MessageEvent<string>).data))) // true of all events of a server
  }

  connect()
  return {
    listeners,
    close() {
      clearTimeout(timer)
      source.close()
    }
  }
}
