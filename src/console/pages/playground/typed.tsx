import '@mantine/core/styles/Input.layer.css'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { TextArea } from '../../parts/fields.tsx'
import { Field } from './choices.tsx'
import type { Change, Settings } from './settings.ts'
import style from './form.module.css'

const PAUSE_MS = 200

/** Text that is typed here and handed on when there is a pause; a value from outside, e.g. Back, is shown. */
export function useTyped(value: string, onChange: (value: string) => void): [string, (value: string) => void] {
  const [typed, setTyped] = useState(value)
  const [last, setLast] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  if (value !== last) {
    setLast(value)
    setTyped(value)
  }
  return [
    typed,
    next => {
      setTyped(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        setLast(next)
        onChange(next)
      }, PAUSE_MS)
    }
  ]
}

export function PromptField({
  settings,
  limit,
  error,
  onChange
}: {
  settings: Settings
  limit: number | null
  error: string | undefined
  onChange: Change
}) {
  const { t, format } = useText()
  const [typed, type] = useTyped(settings.prompt, prompt => onChange({ prompt }, { replace: true }))
  const length = Array.from(typed).length
  const isTooLong = limit !== null && length > limit
  return (
    <Field
      name={t.playground.prompt}
      hint={
        <span className={isTooLong ? style.over : undefined}>
          {limit === null ? format.number(length) : `${format.number(length)} / ${format.number(limit)}`}
        </span>
      }
      error={isTooLong ? t.playground.tooLong : error}
    >
      <TextArea
        className={style.prompt}
        aria-label={t.playground.prompt}
        placeholder={t.playground.promptHint}
        minRows={4}
        rows={4}
        resize="vertical"
        value={typed}
        onChange={event => type(event.currentTarget.value)}
      />
    </Field>
  )
}
