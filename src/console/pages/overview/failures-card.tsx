import { Link } from 'wouter'
import type { FailureGroup } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { RowLink, Table, Two, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { tasksOf, type OverviewData } from './data.ts'
import style from './overview.module.css'

const MOST = 7

/** What failed, by reason, code of the vendor, model and channel. */
export function FailuresCard({ query: { data, error } }: { query: OverviewData['failures'] }) {
  const { t, format } = useText()
  const words = t.overview
  const window = data?.window
  const groups = data?.answer.data
  const columns: Column<FailureGroup>[] = [
    {
      name: 'reason',
      head: words.reason,
      cell: ({ error: code, vendor_code, model, channel }) => (
        <Two
          top={
            <RowLink to={tasksOf(window, { error: code, vendor_code, model, channel: channel?.id ?? null })}>
              {/* true because a code without words is shown as it is */}
              {(t.errors as Record<string, string>)[code] ?? code}
            </RowLink>
          }
          below={channel?.name}
        />
      )
    },
    {
      name: 'code',
      head: words.vendorCode,
      width: '20%',
      cell: ({ vendor_code }) =>
        vendor_code === null ? (
          <span className="dim">{t.parts.unknown}</span>
        ) : (
          <div className="mono cut" title={vendor_code}>
            {vendor_code}
          </div>
        )
    },
    { name: 'model', head: words.model, width: '17%', cell: ({ model }) => <div className="cut">{model}</div> },
    { name: 'count', head: words.count, width: '12%', end: true, cell: ({ count }) => format.number(count) },
    {
      name: 'last',
      head: words.last,
      width: '16%',
      end: true,
      cell: ({ last_at }) => (
        <span className="dim">
          <Ago at={last_at} />
        </span>
      )
    }
  ]
  return (
    <Card
      title={words.failures}
      note={words.byReason}
      side={<Link href={tasksOf(window, { state: 'failed,refused' })}>{words.allFailed}</Link>}
      flush
    >
      {!groups ? (
        error ? (
          <p className={style.none}>{t.parts.failedTitle}</p>
        ) : (
          <RowSkeletons rows={4} />
        )
      ) : groups.length === 0 ? (
        <p className={style.none}>{words.noFailures}</p>
      ) : (
        <Table
          label={words.failures}
          columns={columns}
          rows={groups.slice(0, MOST)}
          keyOf={({ error: code, vendor_code, model, channel }) => [code, vendor_code, model, channel?.id].join(' ')}
          phone={group => <OnPhone group={group} to={columns[0]!.cell(group)} />}
        />
      )}
    </Card>
  )
}

function OnPhone({ group, to }: { group: FailureGroup; to: React.ReactNode }) {
  const { format } = useText()
  return (
    <div className={style.line}>
      <div className={style.grow}>{to}</div>
      <div className={style.side}>
        {format.number(group.count)}
        <div className="small dim">
          <Ago at={group.last_at} />
        </div>
      </div>
    </div>
  )
}
