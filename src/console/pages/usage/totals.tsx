import { Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '../../i18n/index.tsx'
import { Stat, Stats } from '../../parts/stat.tsx'
import type { Total } from './report.ts'

/** Four numbers of the whole report, against the time before. */
export function Totals({ total, before }: { total: Total | undefined; before: Total | undefined }) {
  const { t, format } = useText()
  const words = t.usage
  const show = (read: (sum: Total) => ReactNode) => (total ? read(total) : <Skeleton width={110} height={22} my={6} />)
  const against = (read: (sum: Total) => number) => {
    if (!total || !before) return <Skeleton width={90} height={10} my={4} />
    const [now, then] = [read(total), read(before)]
    if (then === 0) return words.nothingBefore
    return now === then ? words.asBefore : words.change(format.change(now, then))
  }
  const [main, ...others] = total?.spent ?? []
  return (
    <Stats>
      <Stat
        label={words.measures.spent}
        value={show(() => (main ? format.money(main) : t.parts.unknown))}
        note={
          others.length > 0
            ? others.map(money => `+ ${format.money(money)}`).join(' ')
            : against(({ spent }) => Number(spent.find(({ currency }) => currency === main?.currency)?.amount ?? 0))
        }
      />
      <Stat
        label={words.measures.videos}
        value={show(({ videos }) => format.number(videos))}
        note={against(({ videos }) => videos)}
      />
      <Stat
        label={words.measures.seconds}
        value={show(({ seconds }) => format.number(Math.round(seconds)))}
        note={against(({ seconds }) => seconds)}
      />
      <Stat
        label={words.average}
        value={show(({ videos }) =>
          main && others.length === 0 && videos > 0
            ? format.average(Number(main.amount) / videos, main.currency)
            : t.parts.unknown
        )}
        note={words.averageNote}
      />
    </Stats>
  )
}
