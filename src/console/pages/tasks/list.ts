import { useState } from 'react'
import { usePages } from '../../api/pages.ts'
import type { Task } from '../../api/types/index.ts'
import { useNow } from '../../state/now.ts'
import { searchOf, sortOf, type Filters } from '../../state/task-filter.ts'

/**
 * The tasks of a filter. Rows are kept true, but nothing moves under the pointer: tasks that arrive later at the head of the list are `fresh`
 * until `showFresh`.
 */
export function useTaskList(url: Filters) {
  const list = usePages<Task>(['tasks', 'list'], '/admin/tasks', searchOf(url, useNow()))
  const of = JSON.stringify(url)
  const newest = list.rows?.[0]?.id ?? null
  const [top, setTop] = useState<{ of: string; id: string | null } | null>(null)
  if (list.rows && !list.isStale && (top?.of !== of || (top.id === null && newest !== null))) setTop({ of, id: newest })

  const isByTime = sortOf(url) === 'created' && url.order === 'desc'
  const known = list.rows && top?.of === of && top.id !== null && isByTime ? positionOf(list.rows, top.id) : 0
  return {
    ...list,
    rows: list.rows?.slice(known) ?? null,
    fresh: known,
    showFresh: () => setTop({ of, id: newest })
  }
}

/** Where what was there begins; ids grow with time, so it is found although the first one is gone. 0 when everything is new. */
const positionOf = (rows: readonly Task[], top: string) =>
  Math.max(
    rows.findIndex(({ id }) => id <= top),
    0
  )
