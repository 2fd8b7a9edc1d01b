import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { OwnUsage } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { BudgetBar } from '../../parts/budget-bar.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { Stat, Stats } from '../../parts/stat.tsx'
import { useNow } from '../../state/now.ts'
import style from './usage.module.css'

/** What the member key that is signed in has spent and may still spend. */
export function Own() {
  const { t, format } = useText()
  const words = t.usage
  const now = useNow()
  const { key } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['usage', 'own'],
    queryFn: ({ signal }) => get<OwnUsage>('/v1/usage', undefined, signal)
  })
  const { budget, others = [] } = data ?? {}
  const waits = <Skeleton width={110} height={22} my={6} />
  return (
    <Page title={words.title} facts={key?.name}>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {(data ?? !error) && (
        <Stats>
          <Stat
            label={budget ? words.spentOf[budget.window] : words.measures.spent}
            value={data ? format.money(data.spent) : waits}
            note={others.map(({ spent }) => `+ ${format.money(spent)}`).join(' ') || ' '}
          />
          <Stat label={words.held} value={data ? format.money(data.held) : waits} note={words.heldNote} />
          <Stat
            label={words.remaining}
            value={
              !data
                ? waits
                : budget
                  ? format.money({ amount: budget.remaining, currency: budget.currency })
                  : words.noBudget
            }
            note={budget?.resets_at ? words.resets(format.ago(budget.resets_at, now)) : ' '}
          />
        </Stats>
      )}
      {data && budget && (
        <Card title={words.budget} side={<span className={style.spent}>{format.money(budget)}</span>}>
          <BudgetBar spent={Number(data.spent.amount)} held={Number(data.held.amount)} amount={Number(budget.amount)} />
          <p className={`small dim ${style.hint}`}>{words.budgetHint}</p>
        </Card>
      )}
    </Page>
  )
}
