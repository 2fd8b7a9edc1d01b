import { Temporal } from 'temporal-polyfill'
import type { Budget } from '../db/schema.ts'

/* When a budget's window begins and ends, by the calendar of its time zone. Milliseconds since 1970. */

export interface BudgetWindow {
  start: number
  /** null: it never ends */
  end: number | null
}

export const total: BudgetWindow = { start: 0, end: null }

/** The share of a budget at which its owner is told, in percent. */
export const thresholds = [80, 100] as const

/** The highest threshold that `used` of `amount` has reached; 0: none. Micro-units. */
export function thresholdOf(used: number, amount: number): number {
  return thresholds.findLast(percent => used > 0 && used / amount >= percent / 100) ?? 0
}

/** What of a budget is used up in a window, in micro-units. */
export const usedOf = ({ held, spent, carriedOver }: { held: number; spent: number; carriedOver: number }) =>
  held + spent + carriedOver

/** The window that `now` lies in: days begin at the zone's midnight, weeks on Monday, months on the first. */
export function windowOf({ window, timezone }: Pick<Budget, 'window' | 'timezone'>, now: number): BudgetWindow {
  if (window === 'total') return total
  const name = `${window} ${timezone}`
  const last = latest.get(name)
  if (last && last.start <= now && now < (last.end ?? Infinity)) return last
  const found = calculate(window, timezone, now)
  latest.set(name, found)
  return found
}

// calendars are slow, and nearly all that is asked lies in the window asked for last
const latest = new Map<string, BudgetWindow>()

function calculate(window: Exclude<Budget['window'], 'total'>, timezone: string, now: number): BudgetWindow {
  const zone = canonical(timezone)
  // simulated clocks have fractions
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(now)).toZonedDateTimeISO(zone).toPlainDate()
  const { first, length } = {
    daily: { first: today, length: { days: 1 } },
    weekly: { first: today.subtract({ days: today.dayOfWeek - 1 }), length: { weeks: 1 } },
    monthly: { first: today.with({ day: 1 }), length: { months: 1 } }
  }[window]
  return { start: beginningOf(first, zone), end: beginningOf(first.add(length), zone) }
}

/** The first moment of a day: the earlier of two midnights, or where the clock skips midnight the change itself. */
const beginningOf = (day: Temporal.PlainDate, zone: string) => day.toZonedDateTime(zone).epochMilliseconds

/** Intl, by which keys are checked, also knows abbreviations (`IST`) that Temporal does not. */
const canonical = (timeZone: string) => new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
