import { ActionIcon } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { vendorsQuery } from '../../api/lists.ts'
import type { Channel, Vendor } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../failure.tsx'
import { RowSkeletons } from '../skeletons.tsx'
import { VendorForm } from './vendor-form.tsx'
import { VendorHead } from './vendor-head.tsx'
import { VendorPicker } from './vendor-picker.tsx'
import style from './channel-form.module.css'

interface Props {
  onAdded(channel: Channel): void
  /** beside the vendors: a way to do it later */
  later?: ReactNode
}

/** Adds a channel: first the vendor, then its credential. In the setup and on the page of channels. */
export function ChannelForm({ onAdded, later }: Props) {
  const { t } = useText()
  const [chosen, setChosen] = useState<Vendor | null>(null)
  const { data, error, refetch } = useQuery(vendorsQuery)
  if (chosen)
    return (
      <VendorForm
        vendor={chosen}
        of={null}
        head={
          <VendorHead
            vendor={chosen}
            back={
              <ActionIcon aria-label={t.channelForm.otherVendor} onClick={() => setChosen(null)}>
                <ChevronLeft />
              </ActionIcon>
            }
          />
        }
        onSaved={onAdded}
      />
    )
  return (
    <>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && <VendorPicker vendors={data.data} onPick={setChosen} />}
      {!data && !error && <RowSkeletons />}
      {later !== undefined && <div className={style.later}>{later}</div>}
    </>
  )
}
