import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowLeftRight, Plus, Zap } from 'lucide-react'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import { channelsQuery, vendorsQuery } from '../../api/lists.ts'
import { useCan } from '../../api/session.ts'
import type { Channel } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { Table } from '../../parts/table.tsx'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { text, useUrl } from '../../state/url.ts'
import { PhoneChannel, useColumns } from './columns.tsx'
import { ChannelPanel } from './panel.tsx'
import { useTests } from './tests.ts'

const parameters = { open: text, new: text }

/** Channels: accounts at vendors, how they are, and how much goes through them. */
export default function Channels() {
  const { t } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const [url, setUrl] = useUrl(parameters)
  const { data, error, refetch } = useQuery(channelsQuery)
  const vendors = useQuery(vendorsQuery)
  const { tests, test, testAll } = useTests()
  const [deleting, setDeleting] = useState<Channel | null>(null)
  const channels = data?.data

  const refresh = () =>
    queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'channels' || first === 'models' })
  const flip = useMutation({
    mutationFn: ({ id, disabled }: Channel) =>
      request('PATCH', `/admin/channels/${id}`, { body: { disabled: !disabled } }),
    onSettled: refresh
  })
  const given = {
    acts: { onTest: test, onSwitch: (channel: Channel) => flip.mutate(channel), onDelete: setDeleting },
    tests,
    vendorName: (id: string) => vendors.data?.data.find(vendor => vendor.id === id)?.name ?? id
  }
  const columns = useColumns(given)
  const openNew = () => setUrl({ new: '1', open: '' })
  const close = () => setUrl({ new: '', open: '' })
  useShortcuts(can('channels:write') ? { n: openNew } : {})
  const add = can('channels:write') && (
    <Button leftSection={<Plus />} onClick={openNew}>
      {t.palette.addChannel}
    </Button>
  )

  return (
    <Page
      title={t.channels.title}
      facts={channels && channels.length > 0 ? <Load of={channels} /> : undefined}
      actions={
        <>
          {channels && channels.length > 1 && can('channels:write') && (
            <Button
              variant="default"
              leftSection={<Zap />}
              onClick={() => testAll(channels.filter(({ disabled }) => !disabled))}
            >
              {t.channels.testAll}
            </Button>
          )}
          {add}
        </>
      }
    >
      {(error ?? flip.error) && <Failure error={error ?? flip.error} onRetry={() => void refetch()} />}
      {(channels || !error) && (
        <Card flush>
          {!channels && <RowSkeletons rows={8} />}
          {channels?.length === 0 && (
            <Empty icon={ArrowLeftRight} title={t.channels.empty} text={t.channels.emptyText} act={add || undefined} />
          )}
          {channels && channels.length > 0 && (
            <Table
              label={t.channels.title}
              rows={channels}
              columns={columns}
              keyOf={channel => channel.id}
              phone={channel => <PhoneChannel of={channel} {...given} />}
            />
          )}
        </Card>
      )}
      {channels && channels.length > 0 && <p className="small dim">{t.channels.testHint}</p>}
      <ChannelPanel
        open={url.new && can('channels:write') ? 'new' : url.open}
        listed={channels?.find(({ id }) => id === url.open)}
        onClose={close}
      />
      {deleting && (
        <Confirm
          opened
          title={t.channels.deleteTitle(deleting.name)}
          act={t.channels.delete}
          danger
          onConfirm={async () => {
            await request('DELETE', `/admin/channels/${deleting.id}`)
            if (url.open === deleting.id) close()
            await refresh()
          }}
          onClose={() => setDeleting(null)}
        >
          {t.channels.deleteText}
        </Confirm>
      )}
    </Page>
  )
}

/** How many slots are in use, and how much waits for one. */
function Load({ of }: { of: readonly Channel[] }) {
  const { t, format } = useText()
  const sum = (read: (channel: Channel) => number) => of.reduce((total, channel) => total + read(channel), 0)
  const limited = of.filter(channel => channel.max_concurrency !== null && !channel.disabled)
  const total = limited.reduce((slots, channel) => slots + (channel.max_concurrency ?? 0), 0)
  const used = limited.reduce((slots, channel) => slots + channel.in_flight, 0)
  return (
    <>
      {total > 0 && `${t.channels.slotsUsed(format.number(used), format.number(total))} · `}
      {t.channels.waitingAll(format.number(sum(channel => channel.queued)))}
    </>
  )
}
