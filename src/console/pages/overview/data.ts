import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Channel, FailureGroup, Key, List, Overview, Permission, Point, UsageLine } from '../../api/types/index.ts'
import { attentionQuery } from '../../shell/badges.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** How long each range is, the step of its charts, and every how many steps the axis may have a time. */
export const ranges = {
  '1h': { seconds: HOUR, step: '5m', every: [1, 2, 3, 4, 6, 12] },
  '24h': { seconds: DAY, step: '1h', every: [1, 2, 3, 4, 6, 8, 12, 24] },
  '7d': { seconds: 7 * DAY, step: '1h', every: [24, 48, 96] },
  '30d': { seconds: 30 * DAY, step: '1d', every: [1, 2, 3, 5, 7, 10, 15] }
} as const

export type Range = keyof typeof ranges

export const rangeNames = ['1h', '24h', '7d', '30d'] as const satisfies readonly Range[]

/** A time that the numbers are about, in Unix seconds. */
export interface Window {
  from: number
  to: number
}

type Loaded<Answer> = { window: Window; answer: Answer }

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** All that the page shows. Each part that failed or is not allowed is absent; the rest is there. */
export function useOverview(range: Range) {
  const can = useCan()
  const tasks = can('tasks:read')

  // "the last day" goes on: its ends are set when it is asked for
  function useWindow<Answer>(name: string, path: string, query: object, needs: Permission) {
    return useQuery({
      queryKey: [name, range, query],
      queryFn: async ({ signal }): Promise<Loaded<Answer>> => {
        // with all of this second: what ended in it is not told of again
        const to = Math.floor(Date.now() / 1000) + 1
        const window = { from: to - ranges[range].seconds, to }
        return { window, answer: await get<Answer>(path, { ...window, ...query }, signal) }
      },
      enabled: can(needs)
    })
  }
  const overview = useWindow<Overview>('overview', '/admin/overview', { tz: zone }, 'tasks:read')
  const step = { step: ranges[range].step, tz: zone }
  const series = useWindow<List<Point>>('series', '/admin/series', step, 'tasks:read')
  const failures = useWindow<List<FailureGroup>>('failures', '/admin/failures', {}, 'tasks:read')
  const spending = useWindow<List<UsageLine>>('usage', '/admin/usage', { group_by: 'key' }, 'usage:read')
  const attention = useQuery({ ...attentionQuery, enabled: tasks })
  const channels = useQuery({
    queryKey: ['channels', 'overview'],
    queryFn: ({ signal }) => get<List<Channel>>('/admin/channels', undefined, signal),
    enabled: can('channels:read')
  })
  const keys = useQuery({
    queryKey: ['keys', 'overview'],
    queryFn: ({ signal }) => get<List<Key>>('/admin/keys', { limit: MOST }, signal),
    enabled: can('keys:read')
  })
  return { overview, series, failures, spending, attention, channels, keys }
}

export type OverviewData = ReturnType<typeof useOverview>

const MOST = 100

/** The first failure, for one note about all of them, and a way to repeat what failed. */
export function failureOf(data: OverviewData): { error: Error; retry(): void } | null {
  const all: UseQueryResult[] = Object.values(data)
  const failed = all.filter(({ error }) => error !== null)
  const error = failed[0]?.error
  return error ? { error, retry: () => void Promise.all(failed.map(query => query.refetch())) } : null
}

/** The address of the tasks of a time, e.g. those of a model. */
export function tasksOf(window: Window | undefined, filter: Record<string, string | null> = {}): string {
  const given = Object.entries({ ...filter, from: window && String(window.from), to: window && String(window.to) })
  const query = new URLSearchParams(
    given.flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []))
  )
  return `/tasks?${query}`
}
