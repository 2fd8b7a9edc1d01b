import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { AuditEntry } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { shortId } from '../../parts/id.tsx'
import style from './audit.module.css'

export const targetTypes = [
  'key',
  'channel',
  'model',
  'task',
  'ledger',
  'webhook_endpoint',
  'webhook_delivery',
  'user',
  'session',
  'settings',
  'backup'
] as const

/** What was done, with the name of what it was done to. */
export function Sentence({ entry: { action, target } }: { entry: AuditEntry }) {
  const { t } = useText()
  // true because an action that this console does not know is shown as it is
  const words = (t.audit.actions as Record<string, string>)[action] ?? `${action} {}`
  const [before, after] = words.split('{}')
  const name = target && (target.name ?? (target.id && shortId(target.id)))
  return (
    <span className={action.endsWith('sign_in_failed') ? style.bad : undefined}>
      {before}
      {after !== undefined && name && (
        <b className={style.target} title={target.id ?? undefined}>
          <Target target={target}>{name}</Target>
        </b>
      )}
      {after}
    </span>
  )
}

/** Leads to what there is a page for. */
function Target({
  target: { type, id },
  children
}: {
  target: NonNullable<AuditEntry['target']>
  children: ReactNode
}) {
  const places: Record<string, string> = { key: '/keys?open=', channel: '/channels?open=', model: '/models?open=' }
  const place = type === 'task' ? '/tasks/' : places[type]
  if (place === undefined || !id) return children
  return <Link href={place + encodeURIComponent(id)}>{children}</Link>
}
