import { get } from './client.ts'
import type { TaskFilter, TaskSummary } from './types/index.ts'

/** How many tasks a filter finds, and what they cost. */
export const summaryOf = (filter: TaskFilter) => ({
  queryKey: ['tasks', 'summary', filter],
  queryFn: ({ signal }: { signal: AbortSignal }) => get<TaskSummary>('/admin/tasks/summary', filter, signal)
})
