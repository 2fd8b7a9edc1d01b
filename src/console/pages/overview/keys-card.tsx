import { Link } from 'wouter'
import type { Key, UsageLine } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { BudgetBar } from '../../parts/budget-bar.tsx'
import { Card } from '../../parts/card.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { RowLink, Table, type Column } from '../../parts/table.tsx'
import type { OverviewData } from './data.ts'
import style from './overview.module.css'

const MOST = 7

interface Props {
  query: OverviewData['spending']
  /** for their budgets */
  keys: readonly Key[]
}

/** The keys that spend most, and how much of their budgets is gone. */
export function KeysCard({ query: { data, error }, keys }: Props) {
  const { t, format } = useText()
  const words = t.overview
  const rows = data?.answer.data
    .filter(({ key, spent }) => typeof key === 'string' && Number(spent.amount) > 0)
    .toSorted((a, b) => Number(b.spent.amount) - Number(a.spent.amount))
    .slice(0, MOST)
  const columns: Column<UsageLine>[] = [
    {
      name: 'key',
      head: words.key,
      cell: ({ key, names }) => (
        <div className="cut">
          <RowLink to={`/keys?open=${key}`}>{names?.key ?? keys.find(({ id }) => id === key)?.name ?? key}</RowLink>
        </div>
      )
    },
    {
      name: 'videos',
      head: words.videos,
      width: '15%',
      end: true,
      cell: ({ videos }) => format.number(videos)
    },
    { name: 'spent', head: words.spentBy, width: '18%', end: true, cell: ({ spent }) => format.money(spent) },
    {
      name: 'budget',
      head: words.budget,
      width: '34%',
      cell: ({ key }) => <Budget of={keys.find(({ id }) => id === key)} />
    }
  ]
  return (
    <Card title={words.keys} side={<Link href="/keys">{words.allKeys}</Link>} flush>
      {!rows ? (
        error ? (
          <p className={style.none}>{t.parts.failedTitle}</p>
        ) : (
          <RowSkeletons rows={4} />
        )
      ) : rows.length === 0 ? (
        <p className={style.none}>{words.noSpending}</p>
      ) : (
        <Table
          label={words.keys}
          columns={columns}
          rows={rows}
          keyOf={({ key, spent }) => `${key} ${spent.currency}`}
        />
      )}
    </Card>
  )
}

function Budget({ of }: { of: Key | undefined }) {
  const { t, format } = useText()
  if (!of?.budget) return <span className="dim">{of ? t.overview.noBudget : t.parts.unknown}</span>
  const { budget, spent, held } = of
  return (
    <div className={style.sum}>
      <span className="small dim">
        {format.money(spent ?? { ...budget, amount: '0' })} / {format.money(budget)}
      </span>
      <BudgetBar spent={Number(spent?.amount ?? 0)} held={Number(held?.amount ?? 0)} amount={Number(budget.amount)} />
    </div>
  )
}
