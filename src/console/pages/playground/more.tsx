import { UnstyledButton } from '@mantine/core'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { TextArea, TextField } from '../../parts/fields.tsx'
import type { ErrorFinder } from './errors.ts'
import { isJson, type Change, type Settings } from './settings.ts'
import { useTyped } from './typed.tsx'
import style from './form.module.css'

interface Props {
  settings: Settings
  /** videos that the model makes at once */
  most: number
  error: ErrorFinder
  onChange: Change
}

/** What is rarely needed. Open when any of it is set. */
export function More({ settings, most, error, onChange }: Props) {
  const { t } = useText()
  const { negative, seed, n, user, meta } = settings
  const [open, setOpen] = useState([negative, seed, user, meta].some(Boolean) || n !== null)
  return (
    <div className={style.more}>
      <UnstyledButton className={style.moreHead} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight aria-hidden="true" className={open ? style.turned : undefined} />
        {t.playground.more}
      </UnstyledButton>
      {open && (
        <div className={style.moreFields}>
          <Typed
            area
            label={t.playground.negative}
            value={negative}
            error={error('negative_prompt')}
            onChange={value => onChange({ negative: value }, { replace: true })}
          />
          <div className={style.two}>
            <Typed
              label={t.task.seed}
              value={seed}
              error={seed !== '' && !/^-?\d{1,16}$/.test(seed.trim()) ? t.playground.wholeNumber : error('seed')}
              onChange={value => onChange({ seed: value }, { replace: true })}
            />
            <Typed
              label={most > 1 ? t.playground.countUpTo(most) : t.playground.count}
              value={n === null ? '' : String(n)}
              error={error('n')}
              onChange={value =>
                onChange({ n: /^\d{1,2}$/.test(value.trim()) ? Number(value) : null }, { replace: true })
              }
            />
          </div>
          <Typed
            label={t.playground.user}
            value={user}
            error={error('user')}
            onChange={value => onChange({ user: value }, { replace: true })}
          />
          <Typed
            area
            mono
            label={t.playground.metadata}
            value={meta}
            error={isJson(meta) ? error('metadata') : t.playground.notJson}
            onChange={value => onChange({ meta: value }, { replace: true })}
          />
        </div>
      )}
    </div>
  )
}

interface TypedProps {
  label: string
  value: string
  area?: boolean
  mono?: boolean
  error: string | undefined
  onChange(value: string): void
}

function Typed({ label, value, area = false, mono = false, error, onChange }: TypedProps) {
  const [typed, type] = useTyped(value, onChange)
  const Part = area ? TextArea : TextField
  return (
    <Part
      label={label}
      value={typed}
      error={error}
      spellCheck={!mono}
      {...(mono && { classNames: { input: style.mono } })}
      onChange={(event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => type(event.currentTarget.value)}
    />
  )
}
