import { useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { useSearch } from 'wouter'
import { get } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { List, Task, TaskFilter } from '../../api/types/index.ts'
import { useNow } from '../../state/now.ts'
import { useUrl } from '../../state/url.ts'
import { filterOf, parameters, searchOf } from '../../state/task-filter.ts'
import { summaryOf } from '../../api/task-summary.ts'

/** Where a task stands in the list that led to it: the addresses of the ones around it, its place, how many there are. */
export function useNeighbours(id: string) {
  const { kind } = useSession()
  const client = useQueryClient()
  const query = useSearch()
  const [url] = useUrl(parameters)
  const now = useNow()
  const list = searchOf(url, now)
  const enabled = kind !== 'member'
  const next = useQuery({ ...oneAfter(id, list), enabled })
  const previous = useQuery({ ...oneAfter(id, { ...list, order: list.order === 'asc' ? 'desc' : 'asc' }), enabled })
  const summary = useQuery({ ...summaryOf(filterOf(url, now)), enabled })
  const loaded = client.getQueryData<InfiniteData<List<Task>>>(['tasks', 'list', list])
  const at = loaded?.pages.flatMap(page => page.data).findIndex(task => task.id === id) ?? -1
  const search = query && `?${query}`
  const address = (task: Task | undefined) => (task ? `/tasks/${task.id}${search}` : null)
  return {
    next: address(next.data?.data[0]),
    previous: address(previous.data?.data[0]),
    back: `/tasks${search}`,
    /** null: the list is not loaded */
    place: at < 0 ? null : at + 1,
    count: summary.data?.count ?? null,
    capped: summary.data?.capped ?? false
  }
}

const oneAfter = (id: string, list: TaskFilter) => ({
  queryKey: ['tasks', 'after', id, list],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    get<List<Task>>('/admin/tasks', { ...list, after: id, limit: 1 }, signal)
})
