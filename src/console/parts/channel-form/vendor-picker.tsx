import { UnstyledButton } from '@mantine/core'
import { Search } from 'lucide-react'
import { useState } from 'react'
import type { Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../fields.tsx'
import { Letter } from '../letter.tsx'
import style from './channel-form.module.css'

/** All vendors as tiles, found by their name or a model of theirs. */
export function VendorPicker({ vendors, onPick }: { vendors: readonly Vendor[]; onPick(vendor: Vendor): void }) {
  const { t } = useText()
  const [typed, setTyped] = useState('')
  const wanted = typed.trim().toLowerCase()
  const found = vendors.filter(({ id, name, models }) =>
    [id, name, ...models.map(model => model.name)].some(text => text.toLowerCase().includes(wanted))
  )
  return (
    <>
      <TextField
        size="sm"
        aria-label={t.channelForm.find(vendors.length)}
        placeholder={t.channelForm.find(vendors.length)}
        leftSection={<Search aria-hidden="true" />}
        value={typed}
        data-autofocus
        onChange={event => setTyped(event.currentTarget.value)}
      />
      <ul className={style.vendors}>
        {found.map(vendor => (
          <li key={vendor.id}>
            <UnstyledButton className={style.vendor} onClick={() => onPick(vendor)}>
              <Letter of={vendor.name} />
              <span className={style.names}>
                <span className={`cut ${style.name}`}>{vendor.name}</span>
                <span className="cut small dim">{modelsOf(vendor)}</span>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="dim">{t.channelForm.noVendor}</p>}
    </>
  )

  function modelsOf({ models: [first, ...others] }: Vendor): string {
    if (!first) return t.channelForm.anyModel
    return others.length > 0 ? `${first.name} ${t.channelForm.more(others.length)}` : first.name
  }
}
