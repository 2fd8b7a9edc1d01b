import { Temporal } from 'temporal-polyfill'
import type { Budget } from '../db/schema.ts'

/* When a budget's window begins and ends, by the calendar of its time zone. Times in milliseconds since 1970. */

export interface BudgetWindow {
  start: number
  /** null: it never ends */
  end: number | null
}

/** The window of a budget that never resets. */
export const total: BudgetWindow = { start: 0, end: null }

/** Percentages of a budget at which `budget.threshold_reached` is sent. */
export const thresholds = [80, 100] as const

/** Returns the highest threshold that `used` of `amount` (micro-units) has reached; 0: none. */
export function thresholdOf(used: number, amount: number): number {
  return thresholds.findLast(percent => used > 0 && used / amount >= percent / 100) ?? 0
}

/** Returns how much of a budget is used up in a window, in micro-units. */
export const usedOf = ({ held, spent, carriedOver }: { held: number; spent: number; carriedOver: number }) =>
  held + spent + carriedOver

/** Returns the window that contains `now`: days begin at midnight in the time zone, weeks on Monday, months on the first. */
export function windowOf({ window, timezone }: Pick<Budget, 'window' | 'timezone'>, now: number): BudgetWindow {
  if (window === 'total') return total
  const name = `${window} ${timezone}`
  const last = latest.get(name)
  if (last && last.start <= now && now < (last.end ?? Infinity)) return last
  const found = calculate(window, timezone, now)
  latest.set(name, found)
  return found
}

// calendar calculations are slow, and nearly every call falls into the same window as the one before
const latest = new Map<string, BudgetWindow>()

function calculate(window: Exclude<Budget['window'], 'total'>, timezone: string, now: number): BudgetWindow {
  const zone = canonicalZone(timezone)
  // simulated clocks have fractions
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(now)).toZonedDateTimeISO(zone).toPlainDate()
  const { first, length } = {
    daily: { first: today, length: { days: 1 } },
    weekly: { first: today.subtract({ days: today.dayOfWeek - 1 }), length: { weeks: 1 } },
    monthly: { first: today.with({ day: 1 }), length: { months: 1 } }
  }[window]
  return { start: beginningOf(first, zone), end: beginningOf(first.add(length), zone) }
}

/** The start of a day: the earlier of two midnights, or the time of the change where the clock skips midnight. */
const beginningOf = (day: Temporal.PlainDate, zone: string) => day.toZonedDateTime(zone).epochMilliseconds

/** Budgets are validated with Intl, which also knows abbreviations (`IST`) that Temporal does not. */
export const canonicalZone = (timeZone: string) =>
  new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
