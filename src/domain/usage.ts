/* The filter and the lines of a usage report. */

/** Lengths of time that a report can be divided into. */
export const usageSlices = ['hour', 'day', 'week', 'month'] as const

/** The columns that a report can be grouped by; one of the slices at most. */
export const usageGroups = ['key', 'model', 'channel', 'user', ...usageSlices] as const

export type UsageSlice = (typeof usageSlices)[number]
export type UsageGroup = (typeof usageGroups)[number]

export interface UsageFilter {
  by: readonly UsageGroup[]
  /** the time zone of its slices */
  tz: string
  /** milliseconds, inclusive */
  from?: number
  /** milliseconds, exclusive */
  to?: number
  key?: string
  model?: string
  channel?: string
}

/** One line of a report; a column that it is not grouped by is null. */
export interface UsageLine {
  key: string | null
  model: string | null
  channel: string | null
  user: string | null
  /** when its slice began, in milliseconds */
  at: number | null
  currency: string
  videos: number
  milliseconds: number
  /** of the videos that a vendor accepted, but did not make */
  failed: number
  /** of the videos that no vendor accepted */
  refused: number
  /** micro-units */
  spent: number
}
