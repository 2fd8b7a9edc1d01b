import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useCan } from '../../api/session.ts'
import type { Key, List, Money, UsageLine } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { useNow } from '../../state/now.ts'

interface Props {
  list: { rows: readonly Key[] | null; hasMore: boolean }
}

/** How many keys are in use, and what all of them spent this month. */
export function KeyFacts({ list: { rows, hasMore } }: Props) {
  const { t, format } = useText()
  const can = useCan()
  const from = monthOf(useNow())
  const usage = useQuery({
    queryKey: ['usage', 'month', from],
    queryFn: ({ signal }) => get<List<UsageLine>>('/admin/usage', { from }, signal),
    enabled: can('usage:read')
  })
  const active = rows?.filter(key => !key.disabled).length
  const spent = usage.data && sumsOf(usage.data.data.map(line => line.spent))
  return (
    <>
      {active !== undefined && t.keys.active(format.number(active) + (hasMore ? '+' : ''))}
      {active !== undefined && spent?.length ? ' · ' : null}
      {spent?.length ? t.keys.thisMonth(spent.map(format.money).join(' + ')) : null}
    </>
  )
}

/** When the month began here, Unix seconds. */
function monthOf(now: number): number {
  const date = new Date(now)
  return Math.floor(new Date(date.getFullYear(), date.getMonth(), 1).getTime() / 1000)
}

/** One sum for each currency. */
function sumsOf(amounts: readonly Money[]): Money[] {
  const sums = new Map<string, number>()
  for (const { amount, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + Number(amount))
  return [...sums].map(([currency, sum]) => ({ amount: String(sum), currency }))
}
