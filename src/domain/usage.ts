import { windowOf } from './budget.ts'

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

const HOUR = 3_600_000
const QUARTER = HOUR / 4
const windows = { day: 'daily', week: 'weekly', month: 'monthly' } as const

/** Returns the length of the pieces that every slice consists of, in milliseconds. */
export const grainOf = (slice: UsageSlice, timezone: string): number =>
  // the finest difference between time zones is a quarter of an hour
  timezone !== 'UTC' ? QUARTER : slice === 'hour' ? HOUR : 24 * HOUR

/** Returns when the slice that contains a time began, by the calendar of a time zone. */
export function sliceOf(slice: UsageSlice, timezone: string, at: number): number {
  if (slice !== 'hour') return windowOf({ window: windows[slice], timezone }, at).start
  const midnight = windowOf({ window: 'daily', timezone }, at).start
  return midnight + Math.floor((at - midnight) / HOUR) * HOUR
}
