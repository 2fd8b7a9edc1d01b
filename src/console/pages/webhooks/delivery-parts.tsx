import type { Delivery, Endpoint } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Look } from '../../parts/status.tsx'
import { Two } from '../../parts/table.tsx'
import { useNow } from '../../state/now.ts'
import { nameOf, shortUrl } from './endpoint-state.tsx'
import style from './webhooks.module.css'

const looks = {
  pending: ['square', 'warn'],
  delivered: ['disc', 'ok'],
  failed: ['diamond', 'bad']
} as const satisfies Record<Delivery['status'], readonly [string, string]>

export function DeliveryState({ of: { status } }: { of: Delivery }) {
  const { t } = useText()
  const [form, tone] = looks[status]
  return (
    <Look form={form} tone={tone}>
      {t.webhooks.statuses[status]}
    </Look>
  )
}

/** Where a delivery goes: an endpoint, or the callback_url of its request. */
export function Receiver({ of: { endpoint, url }, endpoints }: { of: Delivery; endpoints: readonly Endpoint[] }) {
  const { t } = useText()
  const found = endpoints.find(({ id }) => id === endpoint)
  return (
    <Two
      top={
        found ? (
          nameOf(found)
        ) : (
          <span className="dim">{endpoint === null ? t.webhooks.callback : t.webhooks.deletedEndpoint}</span>
        )
      }
      below={
        <span className="mono" title={url}>
          {shortUrl(url)}
        </span>
      }
    />
  )
}

/** What the receiver answered last, and when it is tried again. */
export function Answer({ of: { response_status: status, error, next_try_at: next, status: state } }: { of: Delivery }) {
  const { t, format } = useText()
  const now = useNow()
  const isOk = status !== null && status < 300
  return (
    <Two
      top={
        status === null && error === null ? (
          <span className="dim">{t.parts.unknown}</span>
        ) : (
          <span className={isOk ? '' : style.bad} title={error ?? undefined}>
            {status ?? error}
          </span>
        )
      }
      below={state === 'pending' && next !== null ? t.webhooks.again(format.ago(next, now)) : null}
    />
  )
}
