import { CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import style from './note.module.css'

interface Props {
  tone?: 'plain' | 'ok' | 'warn' | 'bad'
  /** a button at the right */
  act?: ReactNode
  children: ReactNode
}

const icons = { plain: Info, ok: CircleCheck, warn: TriangleAlert, bad: TriangleAlert }

/** A coloured line of text about what stands below or above it. */
export function Note({ tone = 'plain', act, children }: Props) {
  const Icon = icons[tone]
  return (
    <div className={`${style.note} ${style[tone]}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon aria-hidden="true" />
      <div className={style.text}>{children}</div>
      {act !== undefined && <div className={style.act}>{act}</div>}
    </div>
  )
}
