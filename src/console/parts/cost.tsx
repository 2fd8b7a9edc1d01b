import type { Money, Task } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'

/** What a task cost: charged, held (dim, and said so), or nothing. `exact`: never rounded, for details. */
export function Cost({
  task,
  exact = false,
  stacked = false
}: {
  task: Pick<Task, 'charged' | 'held'>
  exact?: boolean
  stacked?: boolean
}) {
  const { t, format } = useText()
  const write = exact ? format.exactMoney : format.money
  const { charged, held } = task
  if (charged) return <span className={isZero(charged) ? 'dim' : undefined}>{write(charged)}</span>
  if (!held) return <span className="dim">{t.parts.unknown}</span>
  return (
    <span className="dim">
      {write(held)}
      {stacked ? <br /> : ' '}
      <span className="small">{t.parts.held}</span>
    </span>
  )
}

/** Several currencies, one after the other. */
export function Amounts({ amounts, exact = false }: { amounts: readonly Money[]; exact?: boolean }) {
  const { t, format } = useText()
  if (amounts.length === 0) return <>{t.parts.unknown}</>
  return <>{amounts.map(exact ? format.exactMoney : format.money).join(' + ')}</>
}

const isZero = ({ amount }: Money) => Number(amount) === 0
