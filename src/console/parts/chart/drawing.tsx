import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type UPlot from 'uplot'
import { Swatch } from './legend.tsx'
import { createPlot, dataOf } from './plot.ts'
import type { ChartProps } from './shape.ts'
import style from './chart.module.css'

interface Mark {
  index: number
  /** pixels from the left */
  left: number
}

/** The chart itself, in a file of its own with uPlot. */
export default function Drawing(props: ChartProps) {
  const { label, times, series, height, kind, onOpen } = props
  const scheme = useComputedColorScheme()
  const { ref: sized, width } = useElementSize()
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const latest = useRef(props)
  const [mark, setMark] = useState<Mark | null>(null)
  const isWide = width > 0
  const looks = series.map(({ name, color, dashed }) => `${name} ${color} ${dashed}`).join()

  useEffect(() => {
    latest.current = props
    plot.current?.setData(dataOf(props))
  }, [props])
  // a canvas does not know variables of CSS: another theme is another plot
  useEffect(() => {
    if (!place.current || !isWide) return undefined
    const created = createPlot(place.current, () => latest.current, setMark)
    plot.current = created
    return () => {
      plot.current = null
      created.destroy()
    }
  }, [scheme, looks, kind, isWide])
  useEffect(() => plot.current?.setSize({ width, height }), [width, height])

  const at = mark && mark.index < times.length ? mark.index : null
  return (
    // its role makes it interactive: arrow keys move from point to point
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={sized}
      className={style.chart}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(times.length - 1, 0)}
      aria-valuenow={at ?? 0}
      aria-valuetext={describe(props, at ?? times.length - 1)}
      onKeyDown={onKeyDown}
      onBlur={() => setMark(null)}
    >
      <div
        ref={place}
        className={onOpen ? style.opens : undefined}
        aria-hidden="true"
        onClick={() => at !== null && onOpen?.(at)}
      />
      {mark && at !== null && <Tip {...props} index={at} left={mark.left} width={width} />}
    </div>
  )

  function onKeyDown(event: KeyboardEvent) {
    const last = times.length - 1
    const to = { ArrowLeft: (at ?? last + 1) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: last }[event.key]
    if (event.key === 'Enter' && at !== null) onOpen?.(at)
    if (to === undefined || !plot.current) return
    event.preventDefault()
    const index = Math.min(Math.max(to, 0), last)
    const left = plot.current.valToPos(plot.current.data[0][index] ?? 0, 'x')
    plot.current.setCursor({ left, top: 0 })
  }
}

function Tip({ times, series, kind, write, writeTime, index, left, width }: ChartProps & Mark & { width: number }) {
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

const written = (value: number | null | undefined, write: ChartProps['write']) =>
  value === null || value === undefined ? '–' : write(value)

function describe({ times, series, write, writeTime }: ChartProps, index: number): string {
  const at = times[index]
  if (at === undefined) return ''
  const values = series.map(({ label, values: all }) => `${label} ${written(all[index], write)}`)
  return `${writeTime(at)}: ${values.join(', ')}`
}
