import type { Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Bars } from '../../parts/bars.tsx'
import { Above, RowLink, Two, type Column } from '../../parts/table.tsx'
import { Tag, Tags } from '../../parts/tag.tsx'
import { Ago } from '../../parts/time.tsx'
import { useNow } from '../../state/now.ts'
import { Budget } from './budget.tsx'
import { KeyMenu, type KeyActs } from './menu.tsx'
import style from './keys.module.css'

/** The columns of the list. */
export function useColumns(acts: KeyActs): Column<Key>[] {
  const { t } = useText()
  return [
    {
      name: 'name',
      head: t.keys.name,
      width: '20%',
      cell: key => <Two top={<Name of={key} />} below={<Owner of={key} />} />
    },
    {
      name: 'hint',
      head: t.keys.key,
      width: 92,
      from: 1300,
      cell: key => <span className={`mono small ${style.hint}`}>{key.hint}</span>
    },
    {
      name: 'models',
      from: 840,
      head: t.keys.models,
      cell: ({ models }) =>
        models ? <Tags names={models} most={1} /> : <span className="dim">{t.keys.allModels}</span>
    },
    { name: 'budget', head: t.keys.budget, width: '26%', cell: key => <Budget of={key} /> },
    { name: 'limits', head: t.keys.limits, width: 116, cell: key => <Limits of={key} /> },
    {
      name: 'days',
      head: t.keys.days,
      width: 96,
      cell: ({ days }) => <Bars className={style.days} values={days.map(day => day.videos)} />
    },
    { name: 'used', head: t.keys.lastUsed, width: 128, end: true, cell: key => <LastUsed of={key} /> },
    {
      name: 'acts',
      head: <span className="unseen">{t.keys.acts}</span>,
      width: 62,
      end: true,
      cell: key => (
        <Above>
          <KeyMenu of={key} acts={acts} />
        </Above>
      )
    }
  ]
}

/** A key in the list of a phone. */
export function PhoneKey({ of, acts }: { of: Key; acts: KeyActs }) {
  const { t } = useText()
  return (
    <>
      <div className={style.phone}>
        <div className={style.phoneHead}>
          <Name of={of} />
          <span className="small dim">{of.last_used_at === null ? t.keys.never : <Ago at={of.last_used_at} />}</span>
        </div>
        <Budget of={of} />
        <span className="small dim cut">
          {[of.owner, of.models ? of.models.join(', ') : t.keys.allModels].filter(Boolean).join(' · ')}
        </span>
      </div>
      <span className={style.phoneMenu}>
        <KeyMenu of={of} acts={acts} />
      </span>
    </>
  )
}

function Name({ of: { id, name, role, disabled, expires_at: expires } }: { of: Key }) {
  const { t, format } = useText()
  const now = useNow()
  const isOver = expires !== null && expires * 1000 <= now
  return (
    <span className={`${style.name} ${disabled || isOver ? style.off : ''}`}>
      <RowLink to={`/keys?open=${id}`}>
        <span className="cut" title={name}>
          {name}
        </span>
      </RowLink>
      {role === 'admin' && <Tag tone="accent">{t.keys.admin}</Tag>}
      {disabled && <Tag>{t.keys.paused}</Tag>}
      {expires !== null && (
        <Tag tone="warn">{isOver ? t.keys.ended(format.day(expires)) : t.keys.ends(format.day(expires))}</Tag>
      )}
    </span>
  )
}

function Owner({ of: { owner, dialect } }: { of: Key }) {
  const { t } = useText()
  const words = dialect === 'auto' ? null : t.keys.dialects[dialect as keyof typeof t.keys.dialects]
  return <>{[owner ?? t.keys.noOwner, words].filter(Boolean).join(' · ')}</>
}

function Limits({ of: { in_flight: used, max_concurrency: most, requests_per_minute: rate, queued } }: { of: Key }) {
  const { t, format } = useText()
  const lines = [
    most !== null && (
      <span key="most">
        {format.number(used)}/{format.number(most)} <span className="dim">{t.keys.atOnceShort}</span>
      </span>
    ),
    rate !== null && (
      <span key="rate" className="dim">
        {t.keys.rate(format.number(rate))}
      </span>
    ),
    queued > 0 && (
      <span key="queued" className={style.waits}>
        {t.keys.queued(format.number(queued))}
      </span>
    )
  ].filter(line => line !== false)
  if (lines.length === 0) return <span className="dim">{t.parts.unknown}</span>
  return (
    <>
      {lines.map((line, index) => (
        <div key={line.key} className={`cut ${index > 0 ? 'small' : ''}`}>
          {line}
        </div>
      ))}
    </>
  )
}

function LastUsed({ of: { last_used_at: at, last_used_ip: ip } }: { of: Key }) {
  const { t } = useText()
  if (at === null) return <span className="dim">{t.keys.never}</span>
  return <Two top={<Ago at={at} />} below={ip && <span className="mono">{ip}</span>} />
}
