import { useElementSize } from '@mantine/hooks'
import type { KeyboardEvent, PointerEvent } from 'react'
import { useCursor } from './cursor.ts'
import { Drawing } from './drawing.tsx'
import { geometryOf } from './geometry.ts'
import { describe, Tip } from './tip.tsx'
import type { ChartProps } from './shape.ts'
import style from './chart.module.css'

/** Numbers over time, as stacked bars or as lines. Arrow keys move from point to point, Enter opens the rows behind one. */
export function Chart(chart: ChartProps) {
  const { label, times, height, cursor, onOpen } = chart
  const { ref, width } = useElementSize()
  const [place, move] = useCursor(cursor)
  const last = times.length - 1
  const at = place !== null && place <= last ? place : null
  const geometry = geometryOf(chart, width)

  return (
    // its role makes it interactive: arrow keys move from point to point
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={ref}
      className={style.chart}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(last, 0)}
      aria-valuenow={at ?? 0}
      aria-valuetext={describe(chart, at ?? last)}
      onKeyDown={onKeyDown}
      onBlur={() => move(null)}
    >
      {width > 0 && (
        <svg
          className={onOpen ? style.opens : undefined}
          width={width}
          height={height}
          aria-hidden="true"
          onPointerMove={onPointer}
          onPointerDown={onPointer}
          onPointerLeave={() => move(null)}
          onClick={() => at !== null && onOpen?.(at)}
        >
          <Drawing chart={chart} geometry={geometry} at={at} />
        </svg>
      )}
      {at !== null && width > 0 && <Tip chart={chart} index={at} left={geometry.x(at)} width={width} />}
    </div>
  )

  function onPointer({ clientX, currentTarget }: PointerEvent) {
    const index = Math.floor((clientX - currentTarget.getBoundingClientRect().left - geometry.left) / geometry.band)
    move(index >= 0 && index <= last ? index : null)
  }

  function onKeyDown(event: KeyboardEvent) {
    const to = { ArrowLeft: (at ?? last + 1) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: last }[event.key]
    if (event.key === 'Enter' && at !== null) onOpen?.(at)
    if (to === undefined || last < 0) return
    event.preventDefault()
    move(Math.min(Math.max(to, 0), last))
  }
}

/** What the colours of a chart mean. */
export { Legend } from './legend.tsx'
