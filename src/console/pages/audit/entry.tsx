import { Link } from 'wouter'
import type { AuditEntry } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Moment } from '../../parts/time.tsx'
import { Changes } from './changes.tsx'
import { Sentence } from './sentence.tsx'
import style from './audit.module.css'

/** One change: when, who and how, what, old and new. */
export function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useText()
  const { at, actor, via, ip, before, after } = entry
  const name = actor.name ?? actor.id ?? t.audit.kinds[actor.kind]
  const way = actor.kind === 'system' ? t.audit.byItself : t.audit.ways[via]
  return (
    <>
      <span className={`mono ${style.time}`}>
        <Moment at={at} only="time" />
      </span>
      <div className={style.who}>
        <div className="cut">
          {actor.id === null ? name : <Link href={`/audit?who=${encodeURIComponent(actor.id)}`}>{name}</Link>}
        </div>
        <div className="cut small dim">
          {way}
          {ip !== null && (
            <>
              {' · '}
              <span className="mono">{ip}</span>
            </>
          )}
        </div>
      </div>
      <div className={style.what}>
        <Sentence entry={entry} />
      </div>
      <Changes before={before} after={after} />
    </>
  )
}
