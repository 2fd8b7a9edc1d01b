import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import type { SignedIn } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { Ago } from '../../parts/time.tsx'
import { browserOf } from './browser.ts'
import { sessionsQuery } from './data.ts'
import { Section } from './section.tsx'
import style from './settings.module.css'

/** Who is signed in to this console, and from where. */
export function Sessions() {
  const { t } = useText()
  const words = t.settings
  const queries = useQueryClient()
  const [ending, setEnding] = useState<SignedIn | null>(null)
  const { data, error, refetch } = useQuery(sessionsQuery)
  return (
    <Section title={words.sessions} text={words.sessionsText}>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {(data ?? !error) && (
        <Card flush>
          {data ? (
            <ul aria-label={words.sessions}>
              {data.data.map(session => (
                <li key={session.id} className={`${style.row} ${style.session}`}>
                  <b className="cut">{nameOf(session)}</b>
                  <span className="cut" title={session.agent}>
                    {browserOf(session.agent)}
                  </span>
                  <span className={`mono cut ${style.ip}`}>{session.ip}</span>
                  <span className="dim">{session.current ? words.thisOne : <Ago at={session.last_seen_at} />}</span>
                  <span className={style.end}>
                    {!session.current && (
                      <Button
                        variant="subtle"
                        color="gray"
                        leftSection={<LogOut />}
                        aria-label={`${words.end}: ${nameOf(session)}, ${browserOf(session.agent)}`}
                        onClick={() => setEnding(session)}
                      >
                        {words.end}
                      </Button>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <RowSkeletons rows={2} />
          )}
        </Card>
      )}
      <Confirm
        opened={ending !== null}
        title={words.endTitle(ending ? nameOf(ending) : '')}
        act={words.end}
        danger
        onConfirm={async () => {
          await request('DELETE', `/admin/sessions/${ending?.id}`)
          await queries.invalidateQueries({ queryKey: ['sessions'] })
        }}
        onClose={() => setEnding(null)}
      >
        {words.endText}
      </Confirm>
    </Section>
  )
}

const nameOf = ({ user, key }: SignedIn) => user?.name ?? key?.name ?? '–'
