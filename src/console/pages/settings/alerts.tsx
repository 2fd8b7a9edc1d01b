import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { AlertTarget, AlertTest } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Note } from '../../parts/note.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { alertTargetsQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** Who is told of incidents, and whether that works. */
export function Alerts() {
  const { t } = useText()
  const words = t.settings
  const { data, error, refetch } = useQuery(alertTargetsQuery)
  return (
    <Section title={words.alerts} text={words.alertsText}>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data?.data.length === 0 && <p className={style.line}>{words.noAlerts}</p>}
      {(data ? data.data.length > 0 : !error) && (
        <Card flush>
          {data ? (
            <ul aria-label={words.alerts}>
              {data.data.map(target => (
                <Target key={target.id} target={target} />
              ))}
            </ul>
          ) : (
            <RowSkeletons rows={2} />
          )}
        </Card>
      )}
    </Section>
  )
}

function Target({ target: { id, kind, address } }: { target: AlertTarget }) {
  const { t, format } = useText()
  const can = useCan()
  const words = t.settings
  const test = useMutation({ mutationFn: () => post<AlertTest>('/admin/alerts/test', { target: id }) })
  const result = test.data?.results[0]
  return (
    <li className={`${style.row} ${style.target}`}>
      <b>{words.alertKinds[kind]}</b>
      <span className="mono cut" title={address}>
        {address}
      </span>
      {can('settings:write') && (
        <Button
          variant="subtle"
          color="gray"
          className={style.end}
          loading={test.isPending}
          aria-label={`${words.testAlert}: ${words.alertKinds[kind]}, ${address}`}
          onClick={() => test.mutate()}
        >
          {words.testAlert}
        </Button>
      )}
      {result?.ok && (
        <div className={style.whole}>
          <Note tone="ok">{words.alertSent(format.duration(result.latency_ms))}</Note>
        </div>
      )}
      {result?.ok === false && (
        <div className={style.whole}>
          <Note tone="bad">{words.alertFailed(result.error ?? '')}</Note>
        </div>
      )}
      {test.error && (
        <div className={style.whole}>
          <Failure error={test.error} />
        </div>
      )}
    </li>
  )
}
