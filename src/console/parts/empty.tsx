import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import style from './empty.module.css'

interface Props {
  icon: LucideIcon
  /** one sentence of fact */
  title: ReactNode
  /** one sentence of what to do */
  text?: ReactNode
  /** one button */
  act?: ReactNode
  /** when there is nothing else on the page */
  alone?: boolean
}

/** Stands where there is nothing. Lists that a filter made empty say something else than lists never used. */
export function Empty({ icon: Icon, title, text, act, alone = false }: Props) {
  return (
    <div className={style.empty}>
      <Icon aria-hidden="true" />
      {alone ? <h1 className={style.alone}>{title}</h1> : <h2>{title}</h2>}
      {text !== undefined && <p className={style.text}>{text}</p>}
      {act !== undefined && <div className={style.act}>{act}</div>}
    </div>
  )
}
