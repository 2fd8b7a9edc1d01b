import type { Series } from './shape.ts'
import style from './chart.module.css'

export function Legend({ series, lines = false }: { series: readonly Omit<Series, 'values'>[]; lines?: boolean }) {
  return (
    <ul className={style.legend}>
      {series.map(({ name, label, color, dashed = false }) => (
        <li key={name}>
          <Swatch color={color} line={lines} dashed={dashed} />
          {label}
        </li>
      ))}
    </ul>
  )
}

/** The colour of a series. */
export function Swatch({ color, line = false, dashed = false }: { color: string; line?: boolean; dashed?: boolean }) {
  return (
    <span
      className={`${style.swatch} ${line ? style.line : ''} ${dashed ? style.dashed : ''}`}
      style={{ color: `var(${color})` }}
      aria-hidden="true"
    />
  )
}
