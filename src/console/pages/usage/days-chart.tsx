import { useLocation } from 'wouter'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Chart, Legend } from '../../parts/chart/index.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { colorOf, OTHERS, TOP } from './colors.ts'
import type { Day } from './range.ts'
import { groupings, measures, type Group, type Grouping, type Measure } from './report.ts'
import style from './usage.module.css'

interface Choice {
  by: Grouping
  show: Measure
  currency: string
}

interface Props {
  groups: readonly Group[]
  days: readonly Day[]
  url: Choice
  currency: string | undefined
  currencies: readonly string[]
  onChange(change: Partial<Choice>): void
}

/** Each day, stacked by group: the five greatest, and the others together. */
export function DaysChart({ groups, days, url: { by, show }, currency, currencies, onChange }: Props) {
  const { t, format } = useText()
  const words = t.usage
  const [, navigate] = useLocation()
  const valuesOf = (some: readonly Group[]) =>
    days.map((_, index) => some.reduce((sum, group) => sum + (group.days[index]?.[show] ?? 0), 0))
  const others = groups.slice(TOP)
  const series =
    by === 'day'
      ? [{ name: 'all', label: words.measures[show], color: '--accent-fill', values: valuesOf(groups) }]
      : [
          ...groups.slice(0, TOP).map((group, index) => ({
            name: group.id,
            label: group.name || words.noName,
            color: colorOf(index),
            values: valuesOf([group])
          })),
          ...(others.length > 0
            ? [{ name: '', label: words.others(others.length), color: OTHERS, values: valuesOf(others) }]
            : [])
        ]
  const money = currency ?? 'USD'
  const write = (value: number) =>
    show === 'spent' ? format.money({ amount: String(value), currency: money }) : format.number(Math.round(value))

  return (
    <Card flush>
      <div className={style.bar}>
        <Segmented
          label={words.show}
          value={show}
          choices={measures.map(value => ({ value, label: words.measures[value] }))}
          onChange={chosen => onChange({ show: chosen })}
        />
        {show === 'spent' && currencies.length > 1 && currency !== undefined && (
          <Segmented
            label={words.currency}
            value={currency}
            choices={currencies.map(value => ({ value, label: value }))}
            onChange={chosen => onChange({ currency: chosen })}
          />
        )}
        <div className={style.by}>
          <span className={style.byLabel}>{words.by}</span>
          <Segmented
            label={words.by}
            value={by}
            choices={groupings.map(value => ({ value, label: words.groupings[value] }))}
            onChange={chosen => onChange({ by: chosen })}
          />
        </div>
      </div>
      <div className={style.plot}>
        <Chart
          key={show}
          kind="bars"
          whole={show !== 'spent'}
          label={words.chart(words.measures[show])}
          times={days.map(({ at }) => at)}
          series={series}
          height={240}
          every={[1, 2, 3, 5, 7, 10, 15]}
          write={write}
          writeAxis={value => (show === 'spent' ? format.shortMoney(value, money) : format.number(value))}
          writeTime={format.day}
          writeTick={format.day}
          onOpen={index => navigate(`/tasks?from=${days[index]?.at}&to=${days[index]?.end}`)}
        />
        {by !== 'day' && <Legend series={series} />}
      </div>
    </Card>
  )
}
