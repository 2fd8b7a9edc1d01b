import { windowOf } from './budget.ts'
import type { UsageSlice } from './usage.ts'

/* When the slices of a usage report begin. */

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
