/* The filter and the lines of a usage report. */

/** The columns that a report can be grouped by. */
export const usageGroups = ['key', 'model', 'channel', 'day'] as const

export type UsageGroup = (typeof usageGroups)[number]

export interface UsageFilter {
  by: readonly UsageGroup[]
  /** milliseconds, inclusive */
  from?: number
  /** milliseconds, exclusive */
  to?: number
}

/** One line of a report; a column that it is not grouped by is null. */
export interface UsageLine {
  key: string | null
  model: string | null
  channel: string | null
  /** days since 1970, in UTC */
  day: number | null
  currency: string
  videos: number
  milliseconds: number
  /** of the videos that no vendor accepted */
  refused: number
  /** micro-units */
  spent: number
}
