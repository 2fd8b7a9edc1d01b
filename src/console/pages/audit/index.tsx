import { Button } from '@mantine/core'
import { Download, ScrollText } from 'lucide-react'
import { useMemo } from 'react'
import { addressOf, queryOf } from '../../api/client.ts'
import { usePages } from '../../api/pages.ts'
import type { AuditEntry } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LoadMore } from '../../parts/load-more.tsx'
import { Page } from '../../parts/page.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { useNowBy } from '../../state/now.ts'
import { useUrl } from '../../state/url.ts'
import { Entry } from './entry.tsx'
import { noFilter, parameters, queryOfFilters } from './filter.ts'
import { Filters } from './filters.tsx'
import style from './audit.module.css'

const HOUR_MS = 3_600_000
const path = '/admin/audit'

/** Every change by an operator: who, when, from where, what, and what it was before. */
export default function Audit() {
  const { t } = useText()
  const [url, setUrl] = useUrl(parameters)
  const now = useNowBy(HOUR_MS)
  const query = useMemo(() => queryOfFilters(url, now / 1000), [url, now])
  const list = usePages<AuditEntry>(['audit'], path, query)
  const isFiltered = Object.values(query).some(Boolean)
  const clear = () => setUrl(noFilter)
  const { rows, error } = list

  return (
    <Page
      title={t.audit.title}
      actions={
        <Button
          component="a"
          href={addressOf(path) + queryOf({ ...query, format: 'csv' })}
          download
          variant="default"
          leftSection={<Download />}
          title={t.usage.csvHint}
        >
          CSV
        </Button>
      }
    >
      <Filters filters={url} rows={rows ?? []} onChange={setUrl} onClear={isFiltered ? clear : undefined} />
      {error && <Failure error={error} onRetry={list.retry} />}
      {rows === null ? (
        !error && (
          <Card flush>
            <RowSkeletons rows={10} />
          </Card>
        )
      ) : rows.length === 0 ? (
        <Card flush>
          <Empty
            icon={ScrollText}
            title={isFiltered ? t.audit.noneOfFilter : t.audit.none}
            text={isFiltered ? undefined : t.audit.noneText}
            act={
              isFiltered && (
                <Button variant="default" onClick={clear}>
                  {t.parts.clearAll}
                </Button>
              )
            }
          />
        </Card>
      ) : (
        <div className={list.isStale ? style.stale : undefined}>
          <Days rows={rows} />
          <LoadMore list={list} />
        </div>
      )}
    </Page>
  )
}

function Days({ rows }: { rows: readonly AuditEntry[] }) {
  const { format } = useText()
  const days = Map.groupBy(rows, ({ at }) => new Date(at * 1000).toDateString())
  return [...days].map(([day, entries]) => (
    <section key={day} className={style.day} aria-labelledby={`day-${entries[0]!.id}`}>
      <h2 id={`day-${entries[0]!.id}`}>{format.day(entries[0]!.at)}</h2>
      <ul className={style.entries}>
        {entries.map(entry => (
          <li key={entry.id} className={style.entry}>
            <Entry entry={entry} />
          </li>
        ))}
      </ul>
    </section>
  ))
}
