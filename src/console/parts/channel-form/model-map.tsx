import { ActionIcon, Button, TextInput } from '@mantine/core'
import { ArrowRight, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { FieldGroup } from '../form.tsx'
import { Tags } from '../tag.tsx'
import { mapped, type Mapped } from './draft.ts'
import style from './channel-form.module.css'

interface Props {
  value: Mapped[]
  error: string | undefined
  onChange(value: Mapped[]): void
}

// beyond, they are rows only for who wants to change them
const FEW = 6

/** Which models a channel serves: the public name of each, and what the vendor calls it. */
export function ModelMap({ value, error, onChange }: Props) {
  const { t } = useText()
  const [isOpen, setIsOpen] = useState(value.length <= FEW)
  const set = (id: number, change: Partial<Mapped>) =>
    onChange(value.map(one => (one.id === id ? { ...one, ...change } : one)))

  return (
    <FieldGroup title={t.channelForm.models} note={t.channelForm.modelsHint}>
      {!isOpen && (
        <div className={style.head}>
          <Tags names={value.map(({ name }) => name)} most={4} />
          <Button variant="default" onClick={() => setIsOpen(true)}>
            {t.channelForm.change}
          </Button>
        </div>
      )}
      {isOpen && (
        <>
          {value.map(({ id, name, upstream }) => (
            <div key={id} className={style.mapped}>
              <TextInput
                aria-label={t.channelForm.publicName(upstream || name)}
                placeholder={t.channelForm.publicPlaceholder}
                value={name}
                onChange={event => set(id, { name: event.currentTarget.value })}
              />
              <ArrowRight aria-hidden="true" />
              <TextInput
                aria-label={`${t.channelForm.vendorName}: ${name}`}
                placeholder={t.channelForm.vendorName}
                classNames={{ input: style.upstream ?? '' }}
                value={upstream}
                onChange={event => set(id, { upstream: event.currentTarget.value })}
              />
              <ActionIcon
                aria-label={t.channelForm.removeModel(name || upstream)}
                onClick={() => onChange(value.filter(one => one.id !== id))}
              >
                <X />
              </ActionIcon>
            </div>
          ))}
          <div>
            <Button variant="subtle" color="gray" leftSection={<Plus />} onClick={() => onChange([...value, mapped()])}>
              {t.channelForm.addModel}
            </Button>
          </div>
        </>
      )}
      {error !== undefined && <p className={style.error}>{error}</p>}
    </FieldGroup>
  )
}
