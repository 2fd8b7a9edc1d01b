import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Clapperboard, ListVideo, Search } from 'lucide-react'
import { Link, useSearch } from 'wouter'
import { useSession } from '../../api/session.ts'
import type { TaskSummary } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Amounts } from '../../parts/cost.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { useNow } from '../../state/now.ts'
import { useUrl } from '../../state/url.ts'
import { Actions } from './actions.tsx'
import { MarkBar, useMarks } from './bulk.tsx'
import { useColumns } from './columns.tsx'
import { filterOf, isSet, nothing, parameters, searchOf, sortOf, type Filters as Url } from '../../state/task-filter.ts'
import { Filters } from './filters.tsx'
import { useTaskList } from './list.ts'
import { OwnTasks } from './own.tsx'
import { PhoneRow } from './phone-row.tsx'
import { SaveView } from './save-view.tsx'
import { Views } from './views.tsx'
import { summaryOf } from '../../api/task-summary.ts'

/** Every task of the gateway; with a member key, one's own. */
export default function Tasks() {
  const { kind } = useSession()
  return kind === 'member' ? <OwnTasks /> : <AllTasks />
}

function AllTasks() {
  const { t } = useText()
  const now = useNow()
  const query = useSearch()
  const [url, setUrl] = useUrl(parameters)
  const list = useTaskList(url)
  const { marked, mark, clear } = useMarks(list.rows)
  const summary = useQuery({ ...summaryOf(filterOf(url, now)), placeholderData: before => before })
  const search = query && `?${query}`
  const columns = useColumns({
    room: useRoom(),
    search,
    sort: sortOf(url),
    order: url.order,
    onSort: setUrl,
    mark
  })

  return (
    <Page
      title={t.tasks.title}
      actions={
        <>
          <SaveView url={url} />
          <Actions search={searchOf(url, now)} />
        </>
      }
    >
      <Views url={url} onChange={setUrl} fresh={list.fresh} onFresh={list.showFresh}>
        <Filters url={url} onChange={setUrl} />
        <PagedTable
          label={t.tasks.title}
          list={list}
          columns={columns}
          keyOf={task => task.id}
          thumb
          phone={task => <PhoneRow task={task} search={search} />}
          total={useTotal(summary.data)}
          empty={<Nothing url={url} onClear={() => setUrl(nothing)} />}
        />
        <MarkBar marked={marked} onClear={clear} />
      </Views>
    </Page>
  )
}

/** Nothing that fits the filter; nothing in this view; nothing at all yet. */
function Nothing({ url, onClear }: { url: Url; onClear(): void }) {
  const { t } = useText()
  if (isSet(url))
    return (
      <Empty
        icon={Search}
        title={t.tasks.noMatch}
        text={t.tasks.noMatchText}
        act={
          <Button variant="default" onClick={onClear}>
            {t.parts.clearAll}
          </Button>
        }
      />
    )
  if (url.view !== 'all') return <Empty icon={ListVideo} title={t.tasks.emptyViews[url.view]} />
  return (
    <Empty
      icon={Clapperboard}
      title={t.tasks.none}
      text={t.tasks.noneText}
      act={
        <Button component={Link} href="/playground">
          {t.tasks.toPlayground}
        </Button>
      }
    />
  )
}

/** The foot of the table: the sums of everything that fits, also of what is not loaded. */
function useTotal(summary: TaskSummary | undefined) {
  const { t, format } = useText()
  if (!summary || summary.count === 0) return undefined
  const count = format.number(summary.count)
  return {
    prompt: t.tasks.total(summary.capped ? t.tasks.atLeast(count) : count),
    model: summary.seconds > 0 ? t.tasks.ofVideo(format.duration(summary.seconds * 1000)) : undefined,
    cost: (
      <>
        <Amounts amounts={summary.charged} />
        {summary.held.some(({ amount }) => Number(amount) > 0) && (
          <div className="small dim">
            + <Amounts amounts={summary.held} /> {t.parts.held}
          </div>
        )}
      </>
    )
  }
}

function useRoom() {
  const isMiddle = useMediaQuery('(max-width: 1280px)', undefined, { getInitialValueInEffect: false })
  const isSmall = useMediaQuery('(max-width: 1080px)', undefined, { getInitialValueInEffect: false })
  return isSmall ? 'little' : isMiddle ? 'some' : 'all'
}
