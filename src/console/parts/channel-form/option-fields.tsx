import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { OptionSchema, Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../fields.tsx'
import { FieldGroup } from '../form.tsx'
import { Toggle } from '../toggle.tsx'

interface Props {
  vendor: Vendor
  value: Record<string, string>
  errorAt(field: string): string | undefined
  onChange(value: Record<string, string>): void
}

/** The options that the vendor's schema names: what is required at once, the others on request. */
export function OptionFields({ vendor: { options }, value, errorAt, onChange }: Props) {
  const { t } = useText()
  const all = Object.entries(options.properties ?? {})
  const isRequired = (name: string) => options.required?.includes(name) ?? false
  const others = all.filter(([name]) => !isRequired(name))
  const [showsOthers, setShowsOthers] = useState(others.some(([name]) => value[name] !== undefined))

  const field = ([name, schema]: [string, OptionSchema]) => {
    const common = {
      label: name,
      description: schema.description,
      required: isRequired(name),
      withAsterisk: false,
      value: value[name] ?? '',
      error: errorAt(`options.${name}`)
    }
    const set = (text: string) => onChange({ ...value, [name]: text })
    const choices = schema.type === 'boolean' ? ['true', 'false'] : schema.enum
    return choices ? (
      <NativeSelect
        key={name}
        {...common}
        data={[{ value: '', label: t.channelForm.usual }, ...choices]}
        onChange={event => set(event.currentTarget.value)}
      />
    ) : (
      <TextField key={name} {...common} onChange={event => set(event.currentTarget.value)} />
    )
  }

  return (
    <>
      {all.filter(([name]) => isRequired(name)).map(field)}
      {others.length > 0 && (
        <FieldGroup
          title={t.channelForm.options}
          note={t.channelForm.optionsHint(others.length)}
          side={<Toggle aria-label={t.channelForm.options} checked={showsOthers} onChange={setShowsOthers} />}
        />
      )}
      {showsOthers && others.map(field)}
    </>
  )
}
