import style from './budget-bar.module.css'

/** How much of a budget is gone: solid is spent, hatched is held. The figures stand beside it. */
export function BudgetBar({ spent, held, amount }: { spent: number; held: number; amount: number }) {
  const share = (part: number) => `${amount > 0 ? Math.min(100, (part / amount) * 100) : 0}%`
  const gone = amount > 0 ? (spent + held) / amount : 0
  return (
    <div className={`${style.bar} ${gone >= 1 ? style.over : gone >= 0.8 ? style.near : ''}`} aria-hidden="true">
      <div className={style.spent} style={{ width: share(spent) }} />
      <div className={style.held} style={{ width: share(held) }} />
    </div>
  )
}
