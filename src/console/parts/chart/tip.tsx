import { Swatch } from './legend.tsx'
import type { ChartProps } from './shape.ts'
import style from './chart.module.css'

/** The values of one point, beside the cursor. `left`: where that is; `width`: of the chart. */
export function Tip({ chart, index, left, width }: { chart: ChartProps; index: number; left: number; width: number }) {
  const { times, series, kind, write, writeTime } = chart
  const shown = kind === 'bars' ? series.toReversed() : series
  const side = left > width / 2 ? { right: width - left + 10 } : { left: left + 10 }
  return (
    <div className={style.tip} style={side} aria-hidden="true">
      <div className={style.when}>{writeTime(times[index] ?? 0)}</div>
      {shown.map(({ name, label, color, values, dashed = false }) => (
        <div key={name} className={style.entry}>
          <Swatch color={color} line={kind === 'lines'} dashed={dashed} />
          <span className="cut">{label}</span>
          <b>{written(values[index], write)}</b>
        </div>
      ))}
    </div>
  )
}

/** The same in words, for screen readers. */
export function describe({ times, series, write, writeTime }: ChartProps, index: number): string {
  const at = times[index]
  if (at === undefined) return ''
  const values = series.map(({ label, values: all }) => `${label} ${written(all[index], write)}`)
  return `${writeTime(at)}: ${values.join(', ')}`
}

const written = (value: number | null | undefined, write: ChartProps['write']) =>
  value === null || value === undefined ? '–' : write(value)
