import '@mantine/core/styles/Tabs.layer.css'
import { Button, Tabs } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { summaryOf } from '../../api/task-summary.ts'
import type { TaskSummary } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { useNow } from '../../state/now.ts'
import { filterOf, nothing, statesOf, views, type Filters, type View } from '../../state/task-filter.ts'
import { searchToSave, useSavedViews } from './saved.ts'
import style from './tasks.module.css'

interface Props {
  url: Filters
  onChange(change: Partial<Filters>): void
  /** tasks that arrived meanwhile */
  fresh: number
  onFresh(): void
  /** what the view shows */
  children: ReactNode
}

/** The views of the list as tabs, each with how many tasks it has, then those that the person saved. */
export function Views({ url, onChange, fresh, onFresh, children }: Props) {
  const { t, format } = useText()
  const [, navigate] = useLocation()
  const { saved } = useSavedViews()
  const search = searchToSave(url)
  const current = saved.find(view => view.search === search)
  // the filters of a saved view are its own
  const counts = useCounts(current ? { ...url, ...nothing } : url)
  const shown = current ? SAVED + current.name : url.view

  function open(tab: string | null) {
    const view = views.find(one => one === tab)
    const next = saved.find(({ name }) => SAVED + name === tab)
    if (next) navigate(`/tasks?${next.search}`)
    else if (view) onChange({ ...(current && nothing), view, state: [], sort: '', order: 'desc' })
  }

  return (
    <Tabs variant="none" value={shown} onChange={open}>
      <div className={style.tabs}>
        <Tabs.List className={style.tabList} aria-label={t.tasks.viewsLabel}>
          {views.map(view => {
            const { count, capped } = counts[view]
            return (
              <Tabs.Tab key={view} value={view} className={style.tab}>
                {t.tasks.views[view]}{' '}
                {count !== null && (
                  <span className={style.count}>
                    {capped ? t.tasks.atLeast(format.number(count)) : format.number(count)}
                  </span>
                )}
              </Tabs.Tab>
            )
          })}
          {saved.map(({ name }) => (
            <Tabs.Tab key={SAVED + name} value={SAVED + name} className={style.tab}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div className={style.fresh} aria-live="polite">
          {fresh > 0 && (
            <Button variant="light" leftSection={<ArrowUp />} onClick={onFresh}>
              {t.tasks.fresh(fresh)}
            </Button>
          )}
        </div>
      </div>
      <Tabs.Panel value={shown} className={style.panel}>
        {children}
      </Tabs.Panel>
    </Tabs>
  )
}

// no name of our views begins so
const SAVED = 'saved:'

interface Count {
  count: number | null
  capped: boolean
}

/** Of one summary where it counted everything; each view by itself where it stopped counting. */
function useCounts(url: Filters): Record<View, Count> {
  const now = useNow()
  const of = (view: View) => filterOf({ ...url, state: [] }, now, view)
  const all = useQuery({ ...summaryOf(of('all')), placeholderData: before => before })
  const single = useQueries({
    queries: views.map(view => ({
      ...summaryOf(of(view)),
      enabled: view === 'dear' || (view !== 'all' && all.data?.capped === true),
      placeholderData: (before: TaskSummary | undefined) => before
    }))
  })
  const countOf = (view: View, index: number): Count => {
    const states = statesOf[view]
    if (view === 'all' || (states && all.data && !all.data.capped)) {
      const count = states ? states.reduce((sum, state) => sum + (all.data?.by_state[state] ?? 0), 0) : all.data?.count
      return { count: count ?? null, capped: view === 'all' && (all.data?.capped ?? false) }
    }
    const { data } = single[index]! // one for each view
    return { count: data?.count ?? null, capped: data?.capped ?? false }
  }
  // true because each view is in the list
  return Object.fromEntries(views.map((view, index) => [view, countOf(view, index)])) as Record<View, Count>
}
