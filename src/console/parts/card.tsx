import type { ReactNode } from 'react'
import style from './card.module.css'

interface Props {
  title?: ReactNode
  /** a dim line beside the title */
  note?: ReactNode
  /** at the right of the title: a link, a legend */
  side?: ReactNode
  /** no space around the content, e.g. for tables */
  flush?: boolean
  className?: string | undefined
  children?: ReactNode
}

/** A surface with a hairline around it, and a title. */
export function Card({ title, note, side, flush = false, className = '', children }: Props) {
  return (
    <section className={`${style.card} ${className}`}>
      {title !== undefined && (
        <header className={style.head}>
          <h2>{title}</h2>
          {note !== undefined && <span className="dim">{note}</span>}
          {side !== undefined && <div className={style.side}>{side}</div>}
        </header>
      )}
      {flush ? children : <div className={style.body}>{children}</div>}
    </section>
  )
}
