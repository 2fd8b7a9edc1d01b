import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { usePages } from '../../api/pages.ts'
import { useCan } from '../../api/session.ts'
import type { Endpoint } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Note } from '../../parts/note.tsx'
import { Page } from '../../parts/page.tsx'
import { PageTabs } from '../../parts/page-tabs.tsx'
import { SecretOnce } from '../../parts/secret-once.tsx'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { choice, text, useUrl } from '../../state/url.ts'
import { Deliveries } from './deliveries.tsx'
import { EndpointPanel, type WithSecret } from './endpoint-panel.tsx'
import { nameOf } from './endpoint-state.tsx'
import { Endpoints } from './endpoints.tsx'
import { ReplayFailed } from './replay-failed.tsx'

const tabs = ['endpoints', 'deliveries'] as const
const parameters = { tab: choice(tabs, 'endpoints'), status: text, endpoint: text, open: text, new: text }

/** Webhooks: who hears of videos, and what was sent. */
export default function Webhooks() {
  const { t, format } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const [url, setUrl] = useUrl(parameters)
  const list = usePages<Endpoint>(['endpoints'], '/admin/webhook_endpoints')
  const [created, setCreated] = useState<WithSecret | null>(null)
  const [rotating, setRotating] = useState<Endpoint | null>(null)
  const [replayed, setReplayed] = useState<number | null>(null)
  const endpoints = list.rows ?? []
  const mayWrite = can('webhooks:write')
  const failed = endpoints
    .filter(({ id }) => url.endpoint === '' || id === url.endpoint)
    .reduce((sum, { counts_30d: counts }) => sum + counts.failed, 0)
  const opened = url.tab === 'endpoints' ? endpoints.find(({ id }) => id === url.open) : undefined

  const openNew = () => setUrl({ tab: 'endpoints', new: '1', open: '' })
  const close = () => setUrl({ new: '', open: '' })
  useShortcuts(mayWrite ? { n: openNew } : {})

  return (
    <Page
      title={t.webhooks.title}
      facts={t.webhooks.signed}
      actions={
        mayWrite &&
        (url.tab === 'endpoints' ? (
          <Button leftSection={<Plus />} onClick={openNew}>
            {t.webhooks.newEndpoint}
          </Button>
        ) : (
          <ReplayFailed endpoint={url.endpoint} failed={failed} onDone={setReplayed} />
        ))
      }
    >
      <PageTabs
        label={t.webhooks.title}
        value={url.tab}
        tabs={[
          {
            name: 'endpoints',
            label: t.webhooks.endpoints,
            ...(list.rows && { count: format.number(list.rows.length) + (list.hasMore ? '+' : '') })
          },
          { name: 'deliveries', label: t.webhooks.deliveries }
        ]}
        onChange={tab => setUrl({ tab, open: '', new: '', status: '', endpoint: '' })}
      >
        {replayed !== null && url.tab === 'deliveries' && <Note tone="ok">{t.webhooks.replayed(replayed)}</Note>}
        {url.tab === 'endpoints' ? (
          <Endpoints list={list} onNew={openNew} onRotate={setRotating} />
        ) : (
          <Deliveries
            filter={{ status: url.status, endpoint: url.endpoint }}
            open={url.open}
            endpoints={endpoints}
            onChange={setUrl}
          />
        )}
      </PageTabs>
      {url.tab === 'endpoints' && (opened || (url.new !== '' && mayWrite)) && (
        <EndpointPanel
          key={opened?.id ?? 'new'}
          of={opened ?? null}
          onCreated={endpoint => {
            setCreated(endpoint)
            close()
          }}
          onClose={close}
        />
      )}
      {rotating && (
        <Confirm
          opened
          title={t.webhooks.rotateTitle(nameOf(rotating))}
          act={t.webhooks.rotate}
          onConfirm={async () => {
            setCreated(
              await post<WithSecret>(`/v1/webhook_endpoints/${rotating.id}/rotate_secret`, {
                keep_old_secret_active_for_24_hours: true
              })
            )
            await queries.invalidateQueries({ queryKey: ['endpoints'] })
          }}
          onClose={() => setRotating(null)}
        >
          {t.webhooks.rotateText}
        </Confirm>
      )}
      {created && (
        <SecretOnce
          title={t.webhooks.secretTitle(nameOf(created))}
          note={t.webhooks.secretOnce}
          secret={created.signing_secret}
          copy={t.webhooks.copySecret}
          kept={t.webhooks.kept}
          onDone={() => setCreated(null)}
        />
      )}
    </Page>
  )
}
