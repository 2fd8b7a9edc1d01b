import type { Endpoint } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Look } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'

/** Whether an endpoint hears its events. */
export function EndpointState({ of: { disabled, disabled_reason: reason, failing_since: failing } }: { of: Endpoint }) {
  const { t } = useText()
  if (disabled)
    return (
      <>
        <div className="cut">
          <Look form="dash" tone="plain">
            {t.webhooks.off}
          </Look>
        </div>
        {reason !== null && (
          <div className="cut small dim" title={reason}>
            {reason}
          </div>
        )}
      </>
    )
  if (failing !== null)
    return (
      <>
        <div className="cut">
          <Look form="diamond" tone="bad">
            {t.webhooks.failing}
          </Look>
        </div>
        <div className="cut small dim">
          {t.webhooks.since} <Ago at={failing} />
        </div>
      </>
    )
  return (
    <Look form="disc" tone="ok">
      {t.webhooks.works}
    </Look>
  )
}

/** An endpoint without a name is called by its host. */
export const nameOf = ({ name, url }: Pick<Endpoint, 'name' | 'url'>) => name || (shortUrl(url).split('/')[0] ?? url)

/** The address without what all have. */
export const shortUrl = (url: string) => url.replace(/^https?:\/\//, '')
