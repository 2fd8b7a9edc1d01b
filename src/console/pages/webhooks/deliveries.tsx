import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RefreshCw, Send } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { usePages } from '../../api/pages.ts'
import { post } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Delivery, Endpoint } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Checkbox } from '../../parts/checkbox.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { FilterBar } from '../../parts/filter-bar.tsx'
import { FilterChip } from '../../parts/filter-chip.tsx'
import { Id } from '../../parts/id.tsx'
import { Note } from '../../parts/note.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Above, RowLink, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { Answer, DeliveryState, Receiver } from './delivery-parts.tsx'
import { DeliveryPanel } from './delivery-panel.tsx'
import { nameOf } from './endpoint-state.tsx'
import style from './webhooks.module.css'

export interface DeliveryFilter {
  status: string
  endpoint: string
}

interface Props {
  filter: DeliveryFilter
  open: string
  endpoints: readonly Endpoint[]
  onChange(change: Partial<DeliveryFilter & { open: string }>): void
}

const statuses = ['pending', 'delivered', 'failed'] as const

/** Every event that was sent, is being sent, or was given up: replayed one by one or as chosen. */
export function Deliveries({ filter, open, endpoints, onChange }: Props) {
  const { t } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const list = usePages<Delivery>(['deliveries'], '/admin/webhook_deliveries', filter)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const mayWrite = can('webhooks:write')
  const replay = useMutation({
    mutationFn: async (ids: readonly string[]) => {
      // one after the other: an endpoint that is disabled stops the rest
      for (const id of ids) await post(`/admin/webhook_deliveries/${id}/replay`)
      return ids.length
    },
    onSuccess: () => setChosen(new Set()),
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries'] })
  })
  const choose = (id: string, on: boolean) =>
    setChosen(before => {
      const next = new Set(before)
      if (on) next.add(id)
      else next.delete(id)
      return next
    })

  const query = new URLSearchParams({
    tab: 'deliveries',
    ...(filter.status && { status: filter.status }),
    ...(filter.endpoint && { endpoint: filter.endpoint })
  })
  const linkTo = (id: string) => `/webhooks?${query}&open=${id}`
  const columns: (Column<Delivery> | false)[] = [
    mayWrite && {
      name: 'chosen',
      head: <span className="unseen">{t.webhooks.choose}</span>,
      width: 46,
      cell: ({ id }) => (
        <Above>
          <Checkbox aria-label={t.webhooks.chooseOne(id)} checked={chosen.has(id)} onChange={on => choose(id, on)} />
        </Above>
      )
    },
    { name: 'status', head: t.webhooks.status, width: 116, cell: delivery => <DeliveryState of={delivery} /> },
    {
      name: 'event',
      head: t.webhooks.event,
      width: 176,
      cell: ({ id, event }) => (
        <RowLink to={linkTo(id)}>
          <span className="mono small">{event.type}</span>
        </RowLink>
      )
    },
    { name: 'to', head: t.webhooks.to, from: 900, cell: delivery => <Receiver of={delivery} endpoints={endpoints} /> },
    {
      name: 'task',
      head: t.webhooks.task,
      width: 140,
      from: 1180,
      cell: ({ task }) =>
        task === null ? (
          <span className="dim">{t.parts.unknown}</span>
        ) : (
          <Above>
            <Link href={`/tasks/${task}`} className={style.quiet}>
              <Id id={task} />
            </Link>
          </Above>
        )
    },
    { name: 'tries', head: t.webhooks.tries, width: 60, end: true, from: 1080, cell: ({ tries }) => tries },
    { name: 'answer', head: t.webhooks.answer, width: 140, end: true, cell: delivery => <Answer of={delivery} /> },
    {
      name: 'created',
      head: t.webhooks.created,
      width: 96,
      end: true,
      from: 1080,
      cell: ({ created_at: at }) => <Ago at={at} />
    },
    mayWrite && {
      name: 'replay',
      head: <span className="unseen">{t.webhooks.acts}</span>,
      width: 112,
      end: true,
      cell: ({ id, event }) => (
        <Above>
          <Button
            variant="subtle"
            color="gray"
            aria-label={t.webhooks.replayOne(event.type)}
            onClick={() => replay.mutate([id])}
          >
            {t.webhooks.replay}
          </Button>
        </Above>
      )
    }
  ]
  const isFiltered = filter.status !== '' || filter.endpoint !== ''

  return (
    <>
      <FilterBar onClear={isFiltered ? () => onChange({ status: '', endpoint: '' }) : undefined}>
        <FilterChip
          name={t.webhooks.status}
          value={filter.status || null}
          choices={statuses.map(value => ({ value, label: t.webhooks.statuses[value] }))}
          onChange={status => onChange({ status: status ?? '' })}
        />
        <FilterChip
          name={t.webhooks.endpoint}
          value={filter.endpoint || null}
          choices={endpoints.map(endpoint => ({ value: endpoint.id, label: nameOf(endpoint) }))}
          onChange={endpoint => onChange({ endpoint: endpoint ?? '' })}
        />
        {chosen.size > 0 && (
          <Button leftSection={<RefreshCw />} loading={replay.isPending} onClick={() => replay.mutate([...chosen])}>
            {t.webhooks.replayChosen(chosen.size)}
          </Button>
        )}
      </FilterBar>
      {replay.error && <Failure error={replay.error} />}
      {replay.data !== undefined && !replay.isPending && <Note tone="ok">{t.webhooks.replayed(replay.data)}</Note>}
      <PagedTable
        label={t.webhooks.deliveries}
        list={list}
        columns={columns.filter(column => column !== false)}
        keyOf={({ id }) => id}
        phone={delivery => (
          <div className={style.phone}>
            <span className={style.phoneHead}>
              <DeliveryState of={delivery} />
              <span className="small dim">
                <Ago at={delivery.created_at} />
              </span>
            </span>
            <RowLink to={linkTo(delivery.id)}>
              <span className="mono small">{delivery.event.type}</span>
            </RowLink>
            <div>
              <Receiver of={delivery} endpoints={endpoints} />
            </div>
          </div>
        )}
        empty={
          isFiltered ? (
            <Empty icon={Send} title={t.webhooks.nothingFits} text={t.webhooks.nothingFitsText} />
          ) : (
            <Empty icon={Send} title={t.webhooks.noDeliveries} text={t.webhooks.noDeliveriesText} />
          )
        }
      />
      <DeliveryPanel
        open={open}
        of={list.rows?.find(({ id }) => id === open)}
        endpoints={endpoints}
        onReplay={mayWrite ? id => replay.mutate([id]) : undefined}
        onClose={() => onChange({ open: '' })}
      />
    </>
  )
}
