import { UnstyledButton } from '@mantine/core'
import { Check, ChevronDown, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from '../i18n/index.tsx'
import { Menu } from './menu.tsx'
import style from './filter-chip.module.css'

interface Choice {
  value: string
  label: ReactNode
  /** how many rows it would show */
  count?: number | undefined
}

interface Props {
  /** e.g. `Model` */
  name: string
  value: string | null
  /** as it is shown; else the choice's label */
  shown?: string | undefined
  choices: readonly Choice[]
  onChange(value: string | null): void
}

/** A filter: dashed while it is not set, else what it is set to, with a way to remove it. */
export function FilterChip({ name, value, shown, choices, onChange }: Props) {
  const { t, format } = useText()
  const label = shown ?? choices.find(choice => choice.value === value)?.label ?? value
  return (
    <span style={{ display: 'inline-flex', position: 'relative' }}>
      <Menu
        label={name}
        align="start"
        width={240}
        items={choices.map(choice => ({
          key: choice.value,
          label: choice.label,
          right:
            choice.value === value ? (
              <Check />
            ) : (
              choice.count !== undefined && <span className={style.count}>{format.number(choice.count)}</span>
            ),
          run: () => onChange(choice.value)
        }))}
        button={
          <UnstyledButton className={`${style.chip} ${value === null ? '' : style.set}`}>
            {value === null ? (
              <>
                {name}
                <ChevronDown aria-hidden="true" />
              </>
            ) : (
              <span className={style.value}>
                {name} <b className="cut">{label}</b>
                {/* the place of the button that removes */}
                <span className={style.remove} aria-hidden="true" />
              </span>
            )}
          </UnstyledButton>
        }
      />
      {value !== null && (
        <UnstyledButton
          className={style.remove}
          style={{ position: 'absolute', right: 3, top: 3 }}
          aria-label={t.parts.removeFilter(name)}
          onClick={() => onChange(null)}
        >
          <X size={14} aria-hidden="true" />
        </UnstyledButton>
      )}
    </span>
  )
}
