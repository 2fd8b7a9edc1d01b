import { UnstyledButton } from '@mantine/core'
import { Check } from 'lucide-react'
import { useText } from '../../i18n/index.tsx'
import { Logo } from '../../shell/logo.tsx'
import { LanguageSwitch } from '../../shell/preferences.tsx'
import style from './steps.module.css'

export const steps = ['token', 'admin', 'video', 'channel', 'key'] as const

type Step = (typeof steps)[number]

/** Where one is in the setup. `onOpen`: the steps after the account can be opened again. */
export function Steps({ at, onOpen }: { at: Step; onOpen: ((step: Step) => void) | undefined }) {
  const { t } = useText()
  const current = steps.indexOf(at)
  return (
    <header className={style.side}>
      <Logo />
      <ol className={style.steps} aria-label={t.setup.progress}>
        {steps.map((step, index) => {
          const { name, hint } = t.setup.steps[step]
          const isDone = index < current
          const inner = (
            <>
              <span className={`${style.number} ${isDone ? style.done : ''}`} aria-hidden="true">
                {isDone ? <Check /> : index + 1}
              </span>
              <span>
                <span className={style.name}>{name}</span>
                {index === current && <span className={style.hint}>{hint}</span>}
              </span>
            </>
          )
          return (
            <li
              key={step}
              className={`${style.step} ${index === current ? style.current : ''}`}
              aria-current={index === current ? 'step' : undefined}
            >
              {onOpen && index > 1 ? (
                <UnstyledButton className={style.inner} onClick={() => onOpen(step)}>
                  {inner}
                </UnstyledButton>
              ) : (
                <span className={style.inner}>{inner}</span>
              )}
            </li>
          )
        })}
      </ol>
      <div className={style.foot}>
        <p className="small dim">{t.setup.note}</p>
        <LanguageSwitch />
      </div>
    </header>
  )
}
