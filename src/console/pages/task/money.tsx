import type { LedgerEntry } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Cost } from '../../parts/cost.tsx'
import { Moment } from '../../parts/time.tsx'
import type { Shown } from './data.ts'
import style from './task.module.css'

/** What was held, charged and given back, entry by entry. */
export function Money({ task, ledger }: { task: Shown; ledger: readonly LedgerEntry[] }) {
  const { t, format } = useText()
  return (
    <Card
      title={t.task.money}
      flush
      side={
        <b className={style.sum}>
          <Cost task={task} exact />
        </b>
      }
    >
      {ledger.length === 0 && <p className={style.nothing}>{t.task.noMoney}</p>}
      <ul>
        {ledger.map(({ id, kind, amount, currency, reason, created_at: at }) => (
          <li key={id} className={style.entry}>
            <span className={style.entryName}>
              <b>{t.task.entries[kind]}</b>
              {reason !== null && (
                <span className="cut small dim" title={reason}>
                  {reason}
                </span>
              )}
            </span>
            <span className={kind === 'capture' ? style.charged : undefined}>
              {kind === 'release' && '−'}
              {format.exactMoney({ amount, currency })}
            </span>
            <span className={`mono dim ${style.at}`}>
              <Moment at={at} only="time" />
            </span>
          </li>
        ))}
      </ul>
      {task.held !== null && task.state === 'needs_decision' && (
        <p className={style.nothing}>{t.task.heldUntilDecided}</p>
      )}
    </Card>
  )
}
