import { Link } from 'wouter'
import { useCan } from '../../api/session.ts'
import type { Delivery } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Moment } from '../../parts/time.tsx'
import style from './task.module.css'

/** The webhooks that were sent about a task. */
export function Told({ taskId, deliveries }: { taskId: string; deliveries: readonly Delivery[] }) {
  const { t } = useText()
  const can = useCan()
  return (
    <Card
      title={t.task.told}
      flush
      side={
        can('webhooks:read') &&
        deliveries.length > 0 && <Link href={`/webhooks?tab=deliveries&task=${taskId}`}>{t.task.allDeliveries}</Link>
      }
    >
      {deliveries.length === 0 && <p className={style.nothing}>{t.task.nobodyTold}</p>}
      <ul>
        {deliveries.map(
          ({
            id,
            url,
            event,
            status,
            response_status: code,
            tries,
            error,
            created_at: created,
            delivered_at: delivered
          }) => (
            <li key={id} className={style.entry} title={error ?? undefined}>
              <span className={`${style.code} ${style[status]}`}>{code ?? t.task.deliveries[status]}</span>
              <span className={style.entryName}>
                <span className="cut" title={url}>
                  {URL.canParse(url) ? new URL(url).host : url}
                </span>
                <span className="cut small dim">
                  <span className="mono">{event.type}</span>
                  {tries > 1 && ` · ${t.tasks.tries(tries)}`}
                </span>
              </span>
              <span className={`mono dim ${style.at}`}>
                <Moment at={delivered ?? created} only="time" />
              </span>
            </li>
          )
        )}
      </ul>
    </Card>
  )
}
