import { sumsOf } from '../../api/money.ts'
import type { Money, UsageLine } from '../../api/types/index.ts'
import type { Day } from './range.ts'

/* The lines of a report, gathered: one group for each key, model, channel or day. */

export const groupings = ['model', 'key', 'channel', 'day'] as const
export const measures = ['spent', 'videos', 'seconds'] as const

export type Grouping = (typeof groupings)[number]
export type Measure = (typeof measures)[number]

export interface Total {
  videos: number
  seconds: number
  /** also those that a vendor refused */
  failed: number
  /** one for each currency */
  spent: Money[]
}

export interface Group extends Total {
  id: string
  name: string
  /** of each day of the report, in one currency */
  days: Record<Measure, number>[]
}

/** Returns the groups with what each did on each day; those that are greatest by `measure` first, days latest first. */
export function groupsOf(
  lines: readonly UsageLine[],
  by: Grouping,
  days: readonly Day[],
  { measure, currency }: { measure: Measure; currency: string | undefined }
): Group[] {
  const groups = Map.groupBy(lines, line => line[by] ?? '')
  const all = [...groups].map(([id, some]): Group => {
    const perDay = Map.groupBy(some, ({ day }) => day ?? '')
    return {
      id,
      name: some.map(line => nameOf(line, by)).find(Boolean) ?? id,
      ...totalOf(some),
      days: days.map(({ name }) => measuresOf(perDay.get(name) ?? [], currency))
    }
  })
  if (by === 'day') return all.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  return all.toSorted((a, b) => sizeOf(b, measure) - sizeOf(a, measure))
}

export const totalOf = (lines: readonly UsageLine[]): Total => ({
  videos: sum(lines.map(({ videos }) => videos)),
  seconds: sum(lines.map(({ seconds }) => seconds)),
  failed: sum(lines.map(({ failed, refused }) => failed + refused)),
  spent: sumsOf(lines.map(({ spent }) => spent))
})

export const sizeOf = ({ days }: Group, measure: Measure): number => sum(days.map(day => day[measure]))

/** The name beside an id; a deleted one has a name, too. */
export const nameOf = (line: UsageLine, by: Grouping): string | undefined => line.names?.[by]

/** Returns an amount in one currency as a number, for shares and heights. */
export const amountIn = (spent: readonly Money[], currency: string | undefined): number =>
  Number(spent.find(money => money.currency === currency)?.amount ?? 0)

function measuresOf(lines: readonly UsageLine[], currency: string | undefined): Record<Measure, number> {
  const { videos, seconds, spent } = totalOf(lines)
  return { videos, seconds, spent: amountIn(spent, currency) }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
