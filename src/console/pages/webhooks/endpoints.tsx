import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ListVideo, Pencil, Power, RefreshCw, Send, Trash2, Webhook } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { usePages } from '../../api/pages.ts'
import { post, request } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Endpoint } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { NamedLink } from '../../parts/named-link.tsx'
import { Note } from '../../parts/note.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { Above, RowLink, Two, type Column } from '../../parts/table.tsx'
import { Tags } from '../../parts/tag.tsx'
import { EndpointState, nameOf, shortUrl } from './endpoint-state.tsx'
import style from './webhooks.module.css'

interface Props {
  list: ReturnType<typeof usePages<Endpoint>>
  onNew(): void
  onRotate(endpoint: Endpoint): void
}

interface Trial {
  status_code: number
}

/** Who hears of finished videos, and how that goes. */
export function Endpoints({ list, onNew, onRotate }: Props) {
  const { t, format } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const [deleting, setDeleting] = useState<Endpoint | null>(null)
  const mayWrite = can('webhooks:write')
  const refresh = () => queries.invalidateQueries({ queryKey: ['endpoints'] })
  const flip = useMutation({
    mutationFn: ({ id, disabled }: Endpoint) => post(`/v1/webhook_endpoints/${id}`, { disabled: !disabled }),
    onSettled: refresh
  })
  const trial = useMutation({
    mutationFn: ({ id, event_types: types }: Endpoint) =>
      post<Trial>(`/v1/webhook_endpoints/${id}/test`, { event_type: types[0] })
  })

  const columns: Column<Endpoint>[] = [
    {
      name: 'name',
      head: t.webhooks.endpoint,
      cell: endpoint => (
        <Two
          top={
            <RowLink to={`/webhooks?open=${endpoint.id}`}>
              <span title={endpoint.name}>{nameOf(endpoint)}</span>
            </RowLink>
          }
          below={
            <span className="mono" title={endpoint.url}>
              {shortUrl(endpoint.url)}
            </span>
          }
          strong
        />
      )
    },
    { name: 'state', head: t.webhooks.state, width: 150, cell: endpoint => <EndpointState of={endpoint} /> },
    {
      name: 'events',
      head: t.webhooks.events,
      width: '22%',
      from: 1180,
      cell: ({ event_types: types }) => <Tags names={types} most={1} />
    },
    {
      name: 'key',
      head: t.webhooks.key,
      width: 140,
      from: 900,
      cell: ({ key }) => (
        <Above>
          <NamedLink of={key} page="keys" />
        </Above>
      )
    },
    {
      name: 'delivered',
      head: t.webhooks.delivered30,
      width: 120,
      end: true,
      from: 900,
      cell: ({ counts_30d: counts }) => format.number(counts.delivered)
    },
    {
      name: 'failed',
      head: t.webhooks.failed30,
      width: 84,
      end: true,
      cell: ({ id, counts_30d: counts }) =>
        counts.failed > 0 ? (
          <Above>
            <Link className={style.bad} href={`/webhooks?tab=deliveries&endpoint=${id}&status=failed`}>
              {format.number(counts.failed)}
            </Link>
          </Above>
        ) : (
          <span className="dim">0</span>
        )
    },
    {
      name: 'acts',
      head: <span className="unseen">{t.webhooks.acts}</span>,
      width: 62,
      end: true,
      cell: endpoint => <Above>{menuOf(endpoint)}</Above>
    }
  ]

  const menuOf = (endpoint: Endpoint) => {
    const mayChange = mayWrite && !endpoint.managed_by
    return (
      <RowMenu
        of={nameOf(endpoint)}
        acts={[
          mayWrite && { label: t.webhooks.edit, icon: Pencil, to: `/webhooks?open=${endpoint.id}` },
          {
            label: t.webhooks.itsDeliveries,
            icon: ListVideo,
            to: `/webhooks?tab=deliveries&endpoint=${endpoint.id}`
          },
          mayWrite && { label: t.webhooks.test, icon: Send, run: () => trial.mutate(endpoint) },
          mayChange && { label: t.webhooks.rotate, icon: RefreshCw, run: () => onRotate(endpoint) },
          mayChange && {
            label: endpoint.disabled ? t.webhooks.enable : t.webhooks.disable,
            icon: Power,
            run: () => flip.mutate(endpoint)
          },
          mayChange && { label: t.webhooks.delete, icon: Trash2, run: () => setDeleting(endpoint) }
        ]}
      />
    )
  }

  return (
    <>
      {flip.error && <Failure error={flip.error} />}
      {trial.error && <Note tone="bad">{trial.error.message}</Note>}
      {trial.data && (
        <Note tone={trial.data.status_code < 300 ? 'ok' : 'warn'}>
          {t.webhooks.tested(nameOf(trial.variables), trial.data.status_code)}
        </Note>
      )}
      <PagedTable
        label={t.webhooks.endpoints}
        list={list}
        columns={columns}
        keyOf={endpoint => endpoint.id}
        phone={endpoint => (
          <>
            <div className={style.phone}>
              <RowLink to={`/webhooks?open=${endpoint.id}`}>
                <b>{nameOf(endpoint)}</b>
              </RowLink>
              <span className="mono small dim cut">{shortUrl(endpoint.url)}</span>
              <div>
                <EndpointState of={endpoint} />
              </div>
            </div>
            <span className={style.phoneMenu}>{menuOf(endpoint)}</span>
          </>
        )}
        empty={
          <Empty
            icon={Webhook}
            title={t.webhooks.noEndpoints}
            text={t.webhooks.noEndpointsText}
            act={mayWrite ? <Button onClick={onNew}>{t.webhooks.newEndpoint}</Button> : undefined}
          />
        }
      />
      {deleting && (
        <Confirm
          opened
          title={t.webhooks.deleteTitle(nameOf(deleting))}
          act={t.webhooks.delete}
          danger
          onConfirm={async () => {
            await request('DELETE', `/v1/webhook_endpoints/${deleting.id}`)
            await refresh()
          }}
          onClose={() => setDeleting(null)}
        >
          {t.webhooks.deleteText}
        </Confirm>
      )}
    </>
  )
}
