import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { Price } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Acts, FieldGroup, FieldRow, Form } from '../../parts/form.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'
import { conditionsOf } from './price.ts'
import { factName } from './words.ts'
import style from './models.module.css'

interface Props {
  /** null: a new one */
  of: Price | null
  /** the settings that a price of this model may depend on */
  facts: readonly string[]
  onSave(price: Price): Promise<unknown>
  onDelete(): Promise<unknown>
  onClose(): void
}

interface Condition {
  id: number
  name: string
  value: string
}

/** One rule of a price: how much, for what, under which conditions. */
export function RulePanel({ of, facts, onSave, onDelete, onClose }: Props) {
  const { t } = useText()
  const [amount, setAmount] = useState(of?.amount ?? '')
  const [currency, setCurrency] = useState(of?.currency ?? 'USD')
  const [unit, setUnit] = useState<Price['unit']>(of?.unit ?? 'second')
  const [conditions, setConditions] = useState<Condition[]>(() =>
    (of ? conditionsOf(of) : []).map(([name, value], id) => ({ id, name, value: String(value) }))
  )
  const save = useMutation({ mutationFn: onSave, onSuccess: onClose })
  const remove = useMutation({ mutationFn: onDelete, onSuccess: onClose })
  const names = [...new Set([...facts, 'resolution', 'audio', 'mode', 'seconds', ...conditions.map(one => one.name)])]
  const set = (id: number, change: Partial<Condition>) =>
    setConditions(before => before.map(one => (one.id === id ? { ...one, ...change } : one)))

  const price = (): Price => {
    const when = Object.fromEntries(
      conditions.filter(({ value }) => value.trim() !== '').map(({ name, value }) => [name, valueOf(value.trim())])
    )
    return { unit, amount: amount.trim(), currency, ...(Object.keys(when).length > 0 && { when }) }
  }

  return (
    <SidePanel opened title={of ? t.models.editRule : t.models.addRule} onClose={onClose}>
      <Form onSubmit={() => save.mutate(price())}>
        <FieldRow>
          <TextField
            label={t.models.price}
            required
            withAsterisk={false}
            inputMode="decimal"
            pattern="\d{1,9}(\.\d{1,6})?"
            value={amount}
            onChange={event => setAmount(event.currentTarget.value)}
          />
          <NativeSelect
            label={t.setup.currency}
            data={[...new Set(['USD', 'CNY', 'EUR', currency])]}
            value={currency}
            onChange={event => setCurrency(event.currentTarget.value)}
          />
          <NativeSelect
            label={t.models.unit}
            data={(['second', 'video'] as const).map(value => ({ value, label: t.models.units[value] }))}
            value={unit}
            onChange={event => setUnit(event.currentTarget.value === 'video' ? 'video' : 'second')}
          />
        </FieldRow>
        <FieldGroup title={t.models.when} note={t.models.whenHint}>
          {conditions.map(({ id, name, value }) => (
            <div key={id} className={style.condition}>
              <NativeSelect
                aria-label={t.models.setting}
                data={names.map(one => ({ value: one, label: factName(one, t) }))}
                value={name}
                onChange={event => set(id, { name: event.currentTarget.value })}
              />
              <TextInput
                aria-label={t.models.valueOf(factName(name, t))}
                placeholder={name === 'audio' ? 'true' : '1080p'}
                value={value}
                onChange={event => set(id, { value: event.currentTarget.value })}
              />
              <ActionIcon
                aria-label={t.models.removeCondition(factName(name, t))}
                onClick={() => setConditions(before => before.filter(one => one.id !== id))}
              >
                <X />
              </ActionIcon>
            </div>
          ))}
          <div>
            <Button
              variant="subtle"
              color="gray"
              leftSection={<Plus />}
              onClick={() =>
                setConditions(before => [
                  ...before,
                  { id: Math.max(-1, ...before.map(one => one.id)) + 1, name: names[0] ?? 'resolution', value: '' }
                ])
              }
            >
              {t.models.addCondition}
            </Button>
          </div>
        </FieldGroup>
        {(save.error ?? remove.error) && <Failure error={save.error ?? remove.error} />}
        <p className="small dim">{t.models.priceHint}</p>
        <Acts>
          {of && (
            <Button
              size="sm"
              variant="subtle"
              color="gray"
              className={style.left}
              loading={remove.isPending}
              onClick={() => remove.mutate()}
            >
              {t.models.deleteRule}
            </Button>
          )}
          <Button size="sm" variant="default" onClick={onClose}>
            {t.parts.cancel}
          </Button>
          <Button size="sm" type="submit" loading={save.isPending}>
            {of ? t.parts.save : t.models.addRule}
          </Button>
        </Acts>
      </Form>
    </SidePanel>
  )
}

/** `true` and `false` are what a switch says, digits a number. */
const valueOf = (text: string) =>
  text === 'true' || text === 'false' ? text === 'true' : /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
