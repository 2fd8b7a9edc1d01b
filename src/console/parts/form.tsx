import type { ReactNode } from 'react'
import style from './form.module.css'

/** Fields, one under the other. `locked`: they are shown, but cannot be changed. */
export function Form({
  locked = false,
  onSubmit,
  children
}: {
  locked?: boolean
  onSubmit(): void
  children: ReactNode
}) {
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <fieldset className={style.form} disabled={locked}>
        {children}
      </fieldset>
    </form>
  )
}

/** Fields side by side, where there is room. */
export const FieldRow = ({ children }: { children: ReactNode }) => <div className={style.row}>{children}</div>

/** The buttons of a form or a dialog. */
export const Acts = ({ children }: { children: ReactNode }) => <div className={style.acts}>{children}</div>

/** Fields that belong together, under a title. */
export function FieldGroup({
  title,
  note,
  side,
  children
}: {
  title: ReactNode
  note?: ReactNode
  side?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className={style.group} role="group" aria-label={typeof title === 'string' ? title : undefined}>
      <div className={style.groupHead}>
        <span className={style.groupTitle}>{title}</span>
        {note !== undefined && <span className={style.note}>{note}</span>}
        {side !== undefined && <span className={style.side}>{side}</span>}
      </div>
      {children}
    </div>
  )
}
