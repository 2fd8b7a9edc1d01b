import type { ReactNode } from 'react'
import style from './settings.module.css'

/** A part of the settings: what it is about at the left. */
export function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section className={style.section} aria-label={title}>
      <div>
        <h2>{title}</h2>
        <p className={style.about}>{text}</p>
      </div>
      <div className={style.content}>{children}</div>
    </section>
  )
}
