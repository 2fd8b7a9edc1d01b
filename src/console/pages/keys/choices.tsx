import { useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { Checkbox } from '../../parts/checkbox.tsx'
import { TextField } from '../../parts/fields.tsx'
import { FieldGroup } from '../../parts/form.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import style from './keys.module.css'

interface Props {
  title: string
  /** of the switch, e.g. `all models` */
  all: string
  options: readonly string[]
  /** none: all of them, also those that come later */
  value: readonly string[]
  error: string | undefined
  onChange(value: string[]): void
}

// more are found by typing
const FEW = 8

/** All, or some of a list. */
export function Choices({ title, all, options, value, error, onChange }: Props) {
  const { t } = useText()
  const [isAll, setIsAll] = useState(value.length === 0)
  const [typed, setTyped] = useState('')
  // what was chosen stays in the list when it no longer is
  const [before] = useState(value)
  const names = [...new Set([...options, ...before, ...value])]
  const found = names.filter(name => name.toLowerCase().includes(typed.trim().toLowerCase()))
  return (
    <FieldGroup
      title={title}
      side={
        <Toggle
          label={all}
          labelPosition="left"
          checked={isAll}
          onChange={on => {
            setIsAll(on)
            if (on) onChange([])
          }}
        />
      }
    >
      {!isAll && (
        <div className={style.choices}>
          {names.length > FEW && (
            <TextField
              size="xs"
              type="search"
              aria-label={t.keys.find}
              placeholder={t.keys.find}
              value={typed}
              onChange={event => setTyped(event.currentTarget.value)}
            />
          )}
          <div className={style.options}>
            {found.map(name => (
              <Checkbox
                key={name}
                label={name}
                checked={value.includes(name)}
                onChange={on => onChange(on ? [...value, name] : value.filter(one => one !== name))}
              />
            ))}
          </div>
          {found.length === 0 && <p className="small dim">{t.keys.noModel}</p>}
          {value.length === 0 && <p className={`small ${style.near}`}>{t.keys.noneChosen}</p>}
        </div>
      )}
      {error !== undefined && <p className={`small ${style.over}`}>{error}</p>}
    </FieldGroup>
  )
}
