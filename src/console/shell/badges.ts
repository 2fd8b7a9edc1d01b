import { useQuery } from '@tanstack/react-query'
import { get } from '../api/client.ts'
import { useCan } from '../api/session.ts'
import type { Attention, List, TaskSummary } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import type { PageName } from './pages.ts'

interface Badge {
  count: number
  /** there are more */
  capped: boolean
  warns: boolean
  label: string
}

const open = { state: 'waiting,running,needs_decision' }

/** What needs a person, also on the overview. */
export const attentionQuery = {
  queryKey: ['attention'],
  queryFn: ({ signal }: { signal: AbortSignal }) => get<List<Attention>>('/admin/attention', undefined, signal)
}

/** The numbers beside the pages: tasks on their way, channels that need a person. */
export function useBadges(): Partial<Record<PageName, Badge>> {
  const { t } = useText()
  const can = useCan()
  const tasks = useQuery({
    queryKey: ['tasks', 'summary', open],
    queryFn: ({ signal }) => get<TaskSummary>('/admin/tasks/summary', open, signal),
    enabled: can('tasks:read')
  })
  const attention = useQuery({ ...attentionQuery, enabled: can('channels:read') })
  const channels = attention.data?.data.filter(({ subject }) => subject?.type === 'channel').length ?? 0
  return {
    tasks: {
      count: tasks.data?.count ?? 0,
      capped: tasks.data?.capped ?? false,
      warns: false,
      label: t.shell.onTheirWay
    },
    channels: { count: channels, capped: false, warns: true, label: t.shell.needYou }
  }
}
