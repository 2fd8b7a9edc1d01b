import { useQuery } from '@tanstack/react-query'
import { ChartColumn, ListVideo } from 'lucide-react'
import { Link } from 'wouter'
import { get } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { CreatedKey, Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Id } from '../../parts/id.tsx'
import { ManagedNote } from '../../parts/managed-note.tsx'
import { Note } from '../../parts/note.tsx'
import { SidePanel } from '../../parts/side-panel.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { Ago, Moment } from '../../parts/time.tsx'
import { Budget } from './budget.tsx'
import { KeyForm } from './form.tsx'
import { KeyMenu, type KeyActs } from './menu.tsx'
import style from './keys.module.css'

interface Props {
  /** `new`: a form for a new key; empty: closed */
  open: string
  /** as the list has it */
  listed: Key | undefined
  acts: KeyActs
  onCreated(created: CreatedKey): void
  onClose(): void
}

/** One key, or a new one, beside the list. */
export function KeyPanel({ open, listed, acts, onCreated, onClose }: Props) {
  const { t } = useText()
  const isNew = open === 'new'
  // a revoked key is in no list, but links lead to it
  const asked = useQuery({
    queryKey: ['keys', 'one', open],
    queryFn: ({ signal }) => get<Key>(`/admin/keys/${open}`, undefined, signal),
    enabled: open !== '' && !isNew && !listed
  })
  const key = listed ?? asked.data
  return (
    <SidePanel opened={open !== ''} title={isNew ? t.keys.newKey : (key?.name ?? t.keys.key)} onClose={onClose}>
      {isNew ? (
        <KeyForm of={null} onCreated={onCreated} onClose={onClose} />
      ) : key ? (
        <div className={style.panel}>
          <About of={key} acts={acts} />
          <KeyForm key={key.id} of={key} onClose={onClose} />
        </div>
      ) : asked.error ? (
        <Failure error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <RowSkeletons />
      )}
    </SidePanel>
  )
}

function About({ of, acts }: { of: Key; acts: KeyActs }) {
  const { t, format } = useText()
  const can = useCan()
  const { old_expires_at: oldEnds, old_last_used_at: oldUsed } = of
  return (
    <>
      {of.revoked_at ? <Note tone="warn">{t.keys.revoked(format.moment(of.revoked_at))}</Note> : null}
      <ManagedNote by={of.managed_by} />
      {oldEnds ? (
        <Note>
          {t.keys.oldUntil(format.moment(oldEnds))}{' '}
          {oldUsed ? (
            <>
              {t.keys.oldUsed} <Ago at={oldUsed} />
            </>
          ) : (
            t.keys.oldUnused
          )}
        </Note>
      ) : null}
      <FactList
        facts={[
          [
            t.keys.id,
            <span key="id" className={style.id}>
              <Id id={of.id} full />
            </span>
          ],
          [
            t.keys.key,
            <span key="hint" className="mono">
              {of.hint}
            </span>
          ],
          [t.keys.created, <Moment key="created" at={of.created_at} />],
          of.budget !== null && [t.keys.budget, <Budget key="budget" of={of} />]
        ]}
      />
      <div className={style.links}>
        {can('tasks:read') && (
          <Link href={`/tasks?key=${of.id}`}>
            <ListVideo aria-hidden="true" /> {t.keys.tasks}
          </Link>
        )}
        {can('usage:read') && (
          <Link href={`/usage?key=${of.id}`}>
            <ChartColumn aria-hidden="true" /> {t.keys.usage}
          </Link>
        )}
        <KeyMenu of={of} acts={acts} />
      </div>
    </>
  )
}
