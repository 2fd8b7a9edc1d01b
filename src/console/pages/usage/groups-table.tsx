import { useState } from 'react'
import { PAGE } from '../../api/pages.ts'
import { useText } from '../../i18n/index.tsx'
import { Bars } from '../../parts/bars.tsx'
import { Card } from '../../parts/card.tsx'
import { Swatch } from '../../parts/chart/legend.tsx'
import { Amounts } from '../../parts/cost.tsx'
import { LoadMore } from '../../parts/load-more.tsx'
import { RowLink, Table, type Column } from '../../parts/table.tsx'
import { usePhone } from '../../state/phone.ts'
import { colorOf } from './colors.ts'
import type { Day, Window } from './range.ts'
import { amountIn, type Group, type Grouping, type Total } from './report.ts'
import style from './usage.module.css'

const BARS = 14

interface Props {
  groups: readonly Group[]
  total: Total
  by: Grouping
  days: readonly Day[]
  window: Window
  currency: string | undefined
}

/** The same as the chart in figures, in its colours; each row leads to its tasks. */
export function GroupsTable({ groups, total, by, days, window, currency }: Props) {
  const { t, format } = useText()
  const words = t.usage
  const isPhone = usePhone()
  const [shown, setShown] = useState(PAGE)
  const whole = amountIn(total.spent, currency)
  const average = ({ spent, videos }: Total) =>
    spent.length === 1 && videos > 0 && spent[0] ? (
      format.average(Number(spent[0].amount) / videos, spent[0].currency)
    ) : (
      <span className="dim">{t.parts.unknown}</span>
    )
  const failed = ({ videos, failed: count }: Total) =>
    videos + count === 0 ? t.parts.unknown : format.percent(count / (videos + count))

  const all: (Column<Group> | false)[] = [
    {
      name: 'name',
      head: words.groupings[by],
      cell: group => (
        <div className={style.name}>
          {by !== 'day' && <Swatch color={colorOf(groups.indexOf(group))} />}
          <span className="cut" title={group.id}>
            <RowLink to={tasksOf(group, by, days, window)}>{written(group)}</RowLink>
          </span>
        </div>
      )
    },
    by !== 'day' && {
      name: 'days',
      head: words.lastDays(Math.min(BARS, days.length)),
      width: '13%',
      cell: ({ days: each }) => <Bars values={each.slice(-BARS).map(({ spent, videos }) => spent || videos)} />
    },
    { name: 'videos', head: words.measures.videos, width: '11%', end: true, cell: row => format.number(row.videos) },
    {
      name: 'seconds',
      head: words.measures.seconds,
      width: '13%',
      end: true,
      cell: row => format.number(Math.round(row.seconds))
    },
    { name: 'failed', head: words.failed, width: '10%', end: true, cell: failed },
    { name: 'average', head: words.average, width: '11%', end: true, cell: average },
    {
      name: 'spent',
      head: words.measures.spent,
      width: '14%',
      end: true,
      cell: row => (
        <b className={style.spent}>
          <Amounts amounts={row.spent} />
        </b>
      )
    },
    {
      name: 'share',
      head: words.share,
      width: '9%',
      end: true,
      cell: row => (
        <span className="dim">
          {whole > 0 ? format.percent(amountIn(row.spent, currency) / whole) : t.parts.unknown}
        </span>
      )
    }
  ]
  const onPhone = ['name', 'videos', 'spent']
  const columns = all
    .filter(column => column !== false)
    .filter(({ name }) => !isPhone || onPhone.includes(name))
    .map(({ width, ...column }): Column<Group> =>
      isPhone ? { ...column, ...(column.name !== 'name' && { width: '28%' }) } : { ...column, ...(width && { width }) }
    )

  function written({ id, name }: Group) {
    if (by !== 'day') return name || words.noName
    const day = days.find(one => one.name === id)
    return day ? format.day(day.at) : id
  }

  return (
    <Card flush>
      <Table
        label={words.groupings[by]}
        columns={columns}
        rows={groups.slice(0, shown)}
        keyOf={({ id }) => id}
        total={{
          name: t.parts.total,
          videos: format.number(total.videos),
          seconds: format.number(Math.round(total.seconds)),
          failed: failed(total),
          average: average(total),
          spent: <Amounts amounts={total.spent} />
        }}
      />
      <LoadMore
        list={{ hasMore: groups.length > shown, isLoadingMore: false, loadMore: () => setShown(shown + PAGE) }}
      />
    </Card>
  )
}

function tasksOf({ id }: Group, by: Grouping, days: readonly Day[], window: Window): string {
  const day = by === 'day' ? days.find(({ name }) => name === id) : undefined
  const [from, to] = day ? [day.at, day.end] : [window.from, window.to]
  const query = new URLSearchParams({ ...(by !== 'day' && { [by]: id }), from: String(from), to: String(to) })
  return `/tasks?${query}`
}
