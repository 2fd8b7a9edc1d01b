import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useCan } from '../api/session.ts'
import type { Events } from '../api/types/index.ts'
import { REOPENED, useStream } from './stream.ts'

type EventName = keyof Events

const names: readonly EventName[] = ['task', 'channel', 'delivery', 'budget', 'settings']

/** The queries that an event makes old, by the first word of their key. */
const stale: Record<EventName, readonly string[]> = {
  task: ['tasks', 'task', 'overview', 'series', 'failures', 'attention', 'usage'],
  channel: ['channels', 'models', 'attention', 'overview'],
  delivery: ['deliveries', 'endpoints', 'task'],
  budget: ['keys', 'attention', 'usage'],
  settings: ['settings', 'system', 'channels', 'models', 'keys']
}

const GATHER_MS = 1000

/** Keeps what is on the screen true: each change at the gateway makes the queries old that show it, at most once a second. */
export function useLive() {
  const queries = useQueryClient()
  const can = useCan()
  const gathered = useRef(new Set<string>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  useStream(can('tasks:read') ? '/admin/events' : null, names, name => {
    if (name === REOPENED) return void queries.invalidateQueries()
    // true because no other names were asked for
    for (const key of stale[name as EventName]) gathered.current.add(key)
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      refresh(queries, gathered.current)
      gathered.current.clear()
    }, GATHER_MS)
    return undefined
  })
}

function refresh(queries: QueryClient, keys: ReadonlySet<string>) {
  const old = new Set(keys)
  void queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => typeof first === 'string' && old.has(first) })
}
