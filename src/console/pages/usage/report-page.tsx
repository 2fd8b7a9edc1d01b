import { Button } from '@mantine/core'
import { ChartColumn, Download } from 'lucide-react'
import { useMemo } from 'react'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { useNowBy } from '../../state/now.ts'
import { useUrl } from '../../state/url.ts'
import { DaysChart } from './days-chart.tsx'
import { csvOf, parameters, useReport } from './data.ts'
import { Filters } from './filters.tsx'
import { GroupsTable } from './groups-table.tsx'
import { daysOf, rangeNames, windowOf } from './range.ts'
import { groupsOf, totalOf } from './report.ts'
import { Totals } from './totals.tsx'
import style from './usage.module.css'

const HOUR_MS = 3_600_000

/** The report of the whole gateway. */
export function Report() {
  const { t } = useText()
  const [url, setUrl] = useUrl(parameters)
  const { range, by, show, key, model, channel } = url
  const now = useNowBy(HOUR_MS)
  const window = useMemo(() => windowOf(range, new Date(now)), [range, now])
  const days = useMemo(() => daysOf(window), [window])
  const filter = { key, model, channel }
  const { report, before } = useReport(window, by, filter)
  const isFiltered = key !== '' || model !== '' || channel !== ''

  const lines = report.data?.data
  const total = lines && totalOf(lines)
  const currencies = total?.spent.map(money => money.currency) ?? []
  const currency = currencies.includes(url.currency) ? url.currency : currencies[0]
  const groups = useMemo(
    () => lines && groupsOf(lines, by, days, { measure: show, currency }),
    [lines, by, days, show, currency]
  )
  const error = report.error ?? before.error
  const clear = () => setUrl({ key: '', model: '', channel: '' })

  return (
    <Page
      title={t.usage.title}
      actions={
        <>
          <Segmented
            label={t.usage.range}
            value={range}
            choices={rangeNames.map(value => ({ value, label: t.usage.ranges[value] }))}
            onChange={chosen => setUrl({ range: chosen })}
          />
          <Button
            component="a"
            href={csvOf(window, by, filter)}
            download
            variant="default"
            leftSection={<Download />}
            title={t.usage.csvHint}
          >
            CSV
          </Button>
        </>
      }
    >
      <Filters
        window={window}
        filter={filter}
        onChange={change => setUrl(change)}
        onClear={isFiltered ? clear : undefined}
      />
      {error && <Failure error={error} onRetry={() => void Promise.all([report.refetch(), before.refetch()])} />}
      {!error || lines ? <Totals total={total} before={before.data && totalOf(before.data.data)} /> : null}
      {groups?.length === 0 ? (
        <Card flush>
          <Empty
            icon={ChartColumn}
            title={isFiltered ? t.usage.noneOfFilter : t.usage.none}
            text={isFiltered ? undefined : t.usage.noneText}
            act={
              isFiltered && (
                <Button variant="default" onClick={clear}>
                  {t.parts.clearAll}
                </Button>
              )
            }
          />
        </Card>
      ) : groups && total ? (
        <div className={`${style.report} ${report.isPlaceholderData ? style.stale : ''}`}>
          <DaysChart
            groups={groups}
            days={days}
            url={url}
            currency={currency}
            currencies={currencies}
            onChange={setUrl}
          />
          <GroupsTable groups={groups} total={total} by={by} days={days} window={window} currency={currency} />
        </div>
      ) : (
        !error && (
          <Card flush>
            <RowSkeletons rows={10} />
          </Card>
        )
      )}
    </Page>
  )
}
