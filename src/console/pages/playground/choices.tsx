import '@mantine/core/styles/Radio.layer.css'
import '@mantine/core/styles/Slider.layer.css'
import { Radio, Slider } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Capabilities } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import style from './form.module.css'

/** A field of the form: its name, something at the right of it, what is wrong. */
export function Field({
  name,
  hint,
  error,
  children
}: {
  name: string
  hint?: ReactNode
  error?: string | undefined
  children: ReactNode
}) {
  return (
    <div className={style.field} role="group" aria-label={name}>
      <div className={style.fieldHead}>
        <span className={style.name}>{name}</span>
        {hint !== undefined && <span className="small dim">{hint}</span>}
      </div>
      {children}
      {error !== undefined && (
        <p className={style.error} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

interface Choice {
  value: string
  label: ReactNode
}

/** A few choices as buttons; what is not chosen here is what the model does by itself. */
export function Choices({
  name,
  value,
  choices,
  onChange
}: {
  name: string
  value: string
  choices: readonly Choice[]
  onChange(value: string): void
}) {
  return (
    <Radio.Group aria-label={name} value={value} onChange={onChange}>
      <div className={style.choices}>
        {choices.map(choice => (
          <Radio.Card key={choice.value} value={choice.value} className={style.choice}>
            {choice.label}
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}

/** A list of lengths is buttons, a range a slider, unknown a field. */
export function Duration({
  capabilities,
  value,
  made,
  onChange
}: {
  capabilities: Capabilities | null
  value: number | null
  /** what the model would make */
  made: number | null
  onChange(seconds: number | null): void
}) {
  const { t, format } = useText()
  const can = capabilities?.seconds ?? null
  const shown = value ?? made ?? capabilities?.default_seconds ?? null
  if (Array.isArray(can))
    return (
      <Choices
        name={t.playground.duration}
        value={shown === null ? '' : String(shown)}
        choices={can.map(seconds => ({ value: String(seconds), label: format.length(seconds) }))}
        onChange={seconds => onChange(Number(seconds))}
      />
    )
  if (can)
    return (
      <div className={style.slider}>
        <Slider
          className={style.track}
          thumbLabel={t.playground.duration}
          size={4}
          thumbSize={16}
          label={null}
          min={can.min}
          max={can.max}
          step={1}
          value={shown ?? can.min}
          onChange={onChange}
        />
        <b className={style.seconds}>{format.length(shown ?? can.min)}</b>
      </div>
    )
  return (
    <TextField
      aria-label={t.playground.duration}
      inputMode="decimal"
      placeholder={t.playground.vendorDecides}
      value={value === null ? '' : String(value)}
      onChange={({ currentTarget }) => {
        const seconds = Number(currentTarget.value)
        if (currentTarget.value === '') onChange(null)
        else if (Number.isFinite(seconds) && seconds > 0) onChange(seconds)
      }}
    />
  )
}

/** The outline of a ratio. */
export function Shape({ ratio }: { ratio: string }) {
  const [across = 1, down = 1] = ratio.split(':').map(Number)
  const scale = 12 / Math.max(across, down, 1)
  const [width, height] = [Math.max(across * scale, 5), Math.max(down * scale, 5)]
  return (
    <svg className={style.shape} viewBox="0 0 14 14" aria-hidden="true">
      <rect x={7 - width / 2} y={7 - height / 2} width={width} height={height} rx="1.5" />
    </svg>
  )
}
