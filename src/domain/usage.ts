/* What a report of usage can be asked for, and what its lines say. */

export const usageGroups = ['key', 'model', 'channel', 'day'] as const

export type UsageGroup = (typeof usageGroups)[number]

export interface UsageFilter {
  by: readonly UsageGroup[]
  /** milliseconds */
  from?: number
  /** exclusive */
  to?: number
}

/** One line of a report; a part that was not asked for is null. */
export interface UsageLine {
  key: string | null
  model: string | null
  channel: string | null
  /** days since 1970, in UTC */
  day: number | null
  currency: string
  videos: number
  milliseconds: number
  spent: number
}
