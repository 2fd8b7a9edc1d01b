import type { Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { BudgetBar } from '../../parts/budget-bar.tsx'
import { useNow } from '../../state/now.ts'
import style from './keys.module.css'

/** How much of its budget a key has spent and holds, and when it resets. */
export function Budget({ of: { budget, spent, held, resets_at: resets } }: { of: Key }) {
  const { t, format } = useText()
  const now = useNow()
  if (!budget)
    return (
      <span className="dim">
        {spent && Number(spent.amount) > 0 ? `${format.money(spent)} · ${t.keys.noBudget}` : t.keys.noBudget}
      </span>
    )
  const amount = Number(budget.amount)
  const [gone, waits] = [Number(spent?.amount ?? 0), Number(held?.amount ?? 0)]
  const isOver = gone + waits >= amount
  const tone = isOver ? style.over : gone + waits >= amount * 0.8 ? style.near : ''
  return (
    <div className={style.budget} title={held && waits > 0 ? `${format.exactMoney(held)} ${t.parts.held}` : undefined}>
      <BudgetBar spent={gone} held={waits} amount={amount} />
      <div className={style.figures}>
        <span className={style.amounts}>
          <span className={tone}>{format.money({ amount: String(gone), currency: budget.currency })}</span>
          <span className="dim"> / {format.money(budget)}</span>
        </span>
        <span className={`cut ${isOver ? style.over : 'dim'}`}>
          {isOver ? t.keys.spentUp : t.setup.windows[budget.window]}
          {resets !== null && ` · ${t.keys.resets(format.ago(resets, now))}`}
        </span>
      </div>
    </div>
  )
}
