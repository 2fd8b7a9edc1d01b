import { NativeSelect } from '@mantine/core'
import type { BudgetWindow } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import { TextField } from './fields.tsx'
import style from './budget-fields.module.css'

export interface BudgetDraft {
  /** decimal; empty: no budget */
  amount: string
  currency: string
  window: BudgetWindow
}

interface Props {
  value: BudgetDraft
  onChange(value: BudgetDraft): void
  /** of the fields: larger in the setup */
  size?: 'sm' | 'md'
  error?: string | undefined
}

const windows: readonly BudgetWindow[] = ['daily', 'weekly', 'monthly', 'total']
const currencies = ['USD', 'CNY', 'EUR']

/** How much a key may spend, and in which time. Native selects: they weigh nothing. */
export function BudgetFields({ value, onChange, size = 'sm', error }: Props) {
  const { t } = useText()
  const { amount, currency, window } = value
  return (
    <div>
      <div className={style.row}>
        <TextField
          className={style.amount}
          size={size}
          label={t.setup.budget}
          placeholder={t.setup.noBudget}
          inputMode="decimal"
          pattern="\d{1,9}(\.\d{1,6})?"
          title={t.setup.amount}
          value={amount}
          error={error}
          onChange={event => onChange({ ...value, amount: event.currentTarget.value })}
        />
        <NativeSelect
          size={size}
          aria-label={t.setup.currency}
          data={[...new Set([...currencies, currency])]}
          value={currency}
          onChange={event => onChange({ ...value, currency: event.currentTarget.value })}
        />
        <NativeSelect
          size={size}
          aria-label={t.setup.window}
          data={windows.map(one => ({ value: one, label: t.setup.windows[one] }))}
          value={window}
          // true because only these values were given
          onChange={event => onChange({ ...value, window: event.currentTarget.value as BudgetWindow })}
        />
      </div>
      <p className={`small dim ${style.hint}`}>{t.setup.budgetHint}</p>
    </div>
  )
}
