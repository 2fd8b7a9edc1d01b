import { NativeSelect } from '@mantine/core'
import type { BudgetWindow } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import style from './setup.module.css'

interface Props {
  amount: string
  window: BudgetWindow
  onAmount(amount: string): void
  onWindow(window: BudgetWindow): void
}

const windows: readonly BudgetWindow[] = ['daily', 'weekly', 'monthly', 'total']

/** How much a key may spend; empty is no limit. A native select: it weighs nothing. */
export function KeyBudget({ amount, window, onAmount, onWindow }: Props) {
  const { t } = useText()
  return (
    <div className={style.row}>
      <TextField
        className={style.grows}
        size="md"
        label={t.setup.budget}
        description={t.setup.budgetHint}
        placeholder={t.setup.noBudget}
        inputMode="decimal"
        pattern="\d{1,9}(\.\d{1,6})?"
        title={t.setup.amount}
        leftSection="$"
        value={amount}
        onChange={event => onAmount(event.currentTarget.value)}
      />
      <NativeSelect
        className={style.window}
        size="md"
        aria-label={t.setup.window}
        data={windows.map(value => ({ value, label: t.setup.windows[value] }))}
        value={window}
        // true because only these values were given
        onChange={event => onWindow(event.currentTarget.value as BudgetWindow)}
      />
    </div>
  )
}
