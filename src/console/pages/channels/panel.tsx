import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { vendorsQuery } from '../../api/lists.ts'
import { useCan } from '../../api/session.ts'
import type { Channel } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { ChannelForm } from '../../parts/channel-form/index.tsx'
import { VendorForm } from '../../parts/channel-form/vendor-form.tsx'
import { VendorHead } from '../../parts/channel-form/vendor-head.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ManagedNote } from '../../parts/managed-note.tsx'
import { Note } from '../../parts/note.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { Moment } from '../../parts/time.tsx'
import { isOurs } from './menu.tsx'
import style from './channels.module.css'

interface Props {
  /** `new`: a vendor is chosen first; empty: closed */
  open: string
  /** as the list has it */
  listed: Channel | undefined
  onClose(): void
}

/** One channel, or a new one, beside the list. */
export function ChannelPanel({ open, listed, onClose }: Props) {
  const { t } = useText()
  const isNew = open === 'new'
  // a deleted channel is in no list, but links lead to it
  const asked = useQuery({
    queryKey: ['channels', 'one', open],
    queryFn: ({ signal }) => get<Channel>(`/admin/channels/${open}`, undefined, signal),
    enabled: open !== '' && !isNew && !listed
  })
  const channel = listed ?? asked.data
  return (
    <SidePanel
      wide
      opened={open !== ''}
      title={isNew ? t.channelForm.add : (channel?.name ?? t.channels.channel)}
      onClose={onClose}
    >
      {isNew ? (
        <ChannelForm onAdded={onClose} />
      ) : channel ? (
        <Settings key={channel.id} of={channel} onClose={onClose} />
      ) : asked.error ? (
        <Failure error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <RowSkeletons />
      )}
    </SidePanel>
  )
}

function Settings({ of, onClose }: { of: Channel; onClose(): void }) {
  const { t } = useText()
  const can = useCan()
  const vendors = useQuery(vendorsQuery)
  const vendor = vendors.data?.data.find(({ id }) => id === of.vendor)
  const { last_error: error } = of.health
  return (
    <div className={style.panel}>
      {of.deleted_at ? (
        <Note tone="warn">
          {t.channels.deleted} <Moment at={of.deleted_at} />
        </Note>
      ) : null}
      <ManagedNote by={of.managed_by} />
      {error && (
        <Note tone={of.health.state === 'ok' ? 'plain' : 'warn'}>
          {t.channels.lastError} <Moment at={error.at} />:{' '}
          <span className="mono">
            {error.code} {error.message}
          </span>
        </Note>
      )}
      {vendor && (
        <VendorForm
          vendor={vendor}
          of={of}
          head={<VendorHead vendor={vendor} />}
          locked={!can('channels:write') || !isOurs(of)}
          onSaved={onClose}
        />
      )}
      {vendors.error && <Failure error={vendors.error} onRetry={() => void vendors.refetch()} />}
      {!vendor && vendors.isPending && <RowSkeletons />}
    </div>
  )
}
