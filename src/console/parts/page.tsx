import { useEffect, type ReactNode } from 'react'
import style from './page.module.css'

interface Props {
  title: string
  /** one dim line beside the title */
  facts?: ReactNode
  /** buttons at the right */
  actions?: ReactNode
  children: ReactNode
}

/** A page: its head, and what it shows below, one part under the other. */
export function Page({ title, facts, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · reelay`
  }, [title])
  return (
    <>
      <header className={style.head}>
        <h1>{title}</h1>
        {facts !== undefined && <div className={`dim ${style.facts}`}>{facts}</div>}
        {actions !== undefined && <div className={style.actions}>{actions}</div>}
      </header>
      <div className={style.content}>{children}</div>
    </>
  )
}
