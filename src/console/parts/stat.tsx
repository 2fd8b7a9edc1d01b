import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Bars } from './bars.tsx'
import style from './stat.module.css'

interface Props {
  label: ReactNode
  value: ReactNode
  /** one dim line below */
  note?: ReactNode
  /** how it went; the last is now */
  bars?: readonly (number | null)[]
  /** the rows behind the number */
  to?: string
}

/** A number that leads to the rows behind it. */
export function Stat({ label, value, note, bars, to }: Props) {
  const inner = (
    <>
      <span className={style.label}>{label}</span>
      {bars && <Bars className={style.bars} values={bars} />}
      <span className={style.value}>{value}</span>
      {note !== undefined && <span className={`cut ${style.note}`}>{note}</span>}
    </>
  )
  return to === undefined ? (
    <div className={style.stat}>{inner}</div>
  ) : (
    <Link href={to} className={`${style.stat} ${style.link}`}>
      {inner}
    </Link>
  )
}

/** Numbers side by side, between hairlines. */
export function Stats({ children }: { children: ReactNode }) {
  return <div className={style.stats}>{children}</div>
}

/** The word behind a number of several in one place: `16 running 8 waiting`. */
export function Unit({ children }: { children: ReactNode }) {
  return <span className={style.unit}>{children}</span>
}
