import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { get } from '../../api/client.ts'
import type { Channel, List, Vendor } from '../../api/types/index.ts'
import { Failure } from '../failure.tsx'
import { RowSkeletons } from '../skeletons.tsx'
import { VendorForm } from './vendor-form.tsx'
import { VendorPicker } from './vendor-picker.tsx'
import style from './channel-form.module.css'

interface Props {
  onAdded(channel: Channel): void
  /** beside the vendors: a way to do it later */
  later?: ReactNode
}

/** Adds a channel: first the vendor, then its credential. In the setup and on the page of channels. */
export function ChannelForm({ onAdded, later }: Props) {
  const [chosen, setChosen] = useState<Vendor | null>(null)
  const { data, error, refetch } = useQuery({
    queryKey: ['vendors'],
    queryFn: ({ signal }) => get<List<Vendor>>('/admin/vendors', undefined, signal),
    staleTime: Infinity
  })
  if (chosen) return <VendorForm vendor={chosen} onBack={() => setChosen(null)} onAdded={onAdded} />
  return (
    <>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && <VendorPicker vendors={data.data} onPick={setChosen} />}
      {!data && !error && <RowSkeletons />}
      {later !== undefined && <div className={style.later}>{later}</div>}
    </>
  )
}
