import { Button } from '@mantine/core'
import { RefreshCw } from 'lucide-react'
import { Link } from 'wouter'
import type { Delivery, Endpoint } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { Note } from '../../parts/note.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'
import { Moment } from '../../parts/time.tsx'
import { DeliveryState, Receiver } from './delivery-parts.tsx'
import style from './webhooks.module.css'

interface Props {
  /** its id; empty: closed */
  open: string
  of: Delivery | undefined
  endpoints: readonly Endpoint[]
  onReplay: ((id: string) => void) | undefined
  onClose(): void
}

/** One delivery: each attempt, and what the receiver answered, as it came. */
export function DeliveryPanel({ open, of, endpoints, onReplay, onClose }: Props) {
  const { t, format } = useText()
  return (
    <SidePanel opened={open !== ''} title={<span className="mono">{of?.event.type ?? open}</span>} onClose={onClose}>
      {!of && <Note>{t.webhooks.notListed}</Note>}
      {of && (
        <div className={style.panel}>
          <FactList
            facts={[
              [t.webhooks.status, <DeliveryState key="status" of={of} />],
              [t.webhooks.to, <Receiver key="to" of={of} endpoints={endpoints} />],
              of.task !== null && [
                t.webhooks.task,
                <Link key="task" href={`/tasks/${of.task}`} className="mono">
                  {of.task}
                </Link>
              ],
              [
                t.webhooks.event,
                <span key="event" className="mono">
                  {of.event.id}
                </span>
              ],
              [t.webhooks.created, <Moment key="created" at={of.created_at} />],
              of.delivered_at !== null && [t.webhooks.deliveredAt, <Moment key="at" at={of.delivered_at} />],
              of.next_try_at !== null && [t.webhooks.nextTry, <Moment key="next" at={of.next_try_at} />]
            ]}
          />
          <div>
            <h3 className={style.title}>{t.webhooks.attempts(of.tries)}</h3>
            <ol className={style.attempts}>
              {of.attempts.map(({ at, status, error, ms }) => (
                <li key={at}>
                  <Moment at={at} />
                  <span className={status !== null && status < 300 ? '' : style.bad}>{status ?? error}</span>
                  <span className="dim">{format.duration(ms)}</span>
                </li>
              ))}
            </ol>
            {of.attempts.length === 0 && <p className="small dim">{t.webhooks.noAttempts}</p>}
          </div>
          {(of.response_body ?? '') !== '' && (
            <div>
              <h3 className={style.title}>{t.webhooks.body}</h3>
              {/* a region that scrolls must be reachable */}
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
              <pre className={style.body} tabIndex={0}>
                {of.response_body}
              </pre>
            </div>
          )}
          {onReplay && (
            <div>
              <Button variant="default" leftSection={<RefreshCw />} onClick={() => onReplay(of.id)}>
                {t.webhooks.replay}
              </Button>
            </div>
          )}
        </div>
      )}
    </SidePanel>
  )
}
