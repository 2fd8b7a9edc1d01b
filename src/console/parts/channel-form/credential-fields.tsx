import type { Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { SecretField, TextField } from '../fields.tsx'

interface Props {
  vendor: Vendor
  value: Record<string, string>
  /** the end of the credential that is stored: then empty fields keep it */
  hint: string | null
  errorAt(field: string): string | undefined
  onChange(value: Record<string, string>): void
}

/** What an account at the vendor is proved by. */
export function CredentialFields({ vendor, value, hint, errorAt, onChange }: Props) {
  const { t } = useText()
  return vendor.credential.fields.map(({ name, label, secret, optional }, index) => {
    const Field = secret ? SecretField : TextField
    return (
      <Field
        key={name}
        label={optional ? `${label} (${t.channelForm.optional})` : label}
        description={hint !== null ? t.channelForm.keepHint : secret ? t.channelForm.secretHint : undefined}
        placeholder={hint !== null && index === 0 ? hint : ''}
        autoComplete="off"
        required={!optional && hint === null}
        withAsterisk={false}
        value={value[name] ?? ''}
        error={errorAt(`credential.${name}`) ?? (index === 0 ? errorAt('credential') : undefined)}
        onChange={event => onChange({ ...value, [name]: event.currentTarget.value })}
      />
    )
  })
}
