import { NativeSelect } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { Model, Price } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import { FieldRow } from '../../parts/form.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { conditionsOf, costOf, ruleFor } from './price.ts'
import { factName } from './words.ts'
import style from './models.module.css'

type Value = string | number | boolean

/** What one video would cost. `onUse` hears which rule it is. */
export function Calculator({ of, onUse }: { of: Model; onUse(rule: Price | null): void }) {
  const { t, format } = useText()
  const settings = settingsOf(of)
  const [typed, setTyped] = useState(String(of.capabilities?.default_seconds ?? 5))
  const [chosen, setChosen] = useState<Record<string, Value>>(() => firstOf(settings, of))
  const seconds = Number(typed) || 0
  const rule = ruleFor(of.prices, { ...chosen, seconds })
  useEffect(() => onUse(rule), [rule, onUse])

  const set = (name: string, value: Value) => setChosen(before => ({ ...before, [name]: value }))
  return (
    <div className={style.calculator}>
      <h3>{t.models.wouldCost}</h3>
      <FieldRow>
        <TextField
          size="xs"
          label={t.models.seconds}
          inputMode="decimal"
          value={typed}
          onChange={event => setTyped(event.currentTarget.value)}
        />
        {settings
          .filter(({ values }) => !isSwitch(values))
          .map(({ name, values }) => (
            <NativeSelect
              key={name}
              size="xs"
              label={capital(factName(name, t))}
              data={[...values.map(String), { value: '', label: t.models.another }]}
              value={String(chosen[name] ?? '')}
              onChange={event => set(name, event.currentTarget.value)}
            />
          ))}
      </FieldRow>
      {settings
        .filter(({ values }) => isSwitch(values))
        .map(({ name }) => (
          <Toggle
            key={name}
            label={capital(factName(name, t))}
            checked={chosen[name] === true}
            onChange={on => set(name, on)}
          />
        ))}
      <div role="status">
        {rule ? (
          <>
            <p className={style.cost}>
              {format.exactMoney({ amount: costOf(rule, seconds), currency: rule.currency })}
            </p>
            <p className="small dim">
              {rule.unit === 'second' ? `${format.number(seconds)} × ` : ''}
              {format.exactMoney(rule)}
            </p>
          </>
        ) : (
          <p className="small dim">{t.models.noRule}</p>
        )}
      </div>
    </div>
  )
}

interface Setting {
  name: string
  values: Value[]
}

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)

const isSwitch = (values: readonly Value[]) => values.every(value => typeof value === 'boolean')

/** What the rules depend on, with every value that they or the model name; seconds have a field of their own. */
function settingsOf({ prices, capabilities }: Model): Setting[] {
  const found = new Map<string, Set<Value>>()
  for (const [name, value] of prices.flatMap(conditionsOf))
    if (name !== 'seconds') found.set(name, (found.get(name) ?? new Set()).add(value))
  for (const resolution of capabilities?.resolutions ?? []) found.get('resolution')?.add(resolution)
  return [...found].map(([name, values]) => ({ name, values: [...values] }))
}

/** The settings that the form starts with: what is usual. */
const firstOf = (settings: readonly Setting[], { capabilities }: Model): Record<string, Value> =>
  Object.fromEntries(
    settings.map(({ name, values }) => [
      name,
      isSwitch(values) ? false : name === 'resolution' ? (capabilities?.resolutions?.[0] ?? '') : ''
    ])
  )
