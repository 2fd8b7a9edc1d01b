import { ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Letter } from '../letter.tsx'
import style from './channel-form.module.css'

/** Whose channel it is, and where its keys are found. */
export function VendorHead({ vendor, back }: { vendor: Vendor; back?: ReactNode }) {
  const { t } = useText()
  return (
    <div className={style.head}>
      {back}
      <Letter of={vendor.name} />
      <b className={style.vendorName}>{vendor.name}</b>
      {vendor.keys_url !== null && (
        <a href={vendor.keys_url} target="_blank" rel="noreferrer" className={style.where}>
          {t.channelForm.whereKey} <ExternalLink aria-hidden="true" />
        </a>
      )}
    </div>
  )
}
