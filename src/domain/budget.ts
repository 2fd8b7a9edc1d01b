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
  const clock = clockOf(timezone)
  const { year, month, day } = clock(now)
  const today = dayNumber(year, month, day)
  const [first, next] = {
    daily: [today, today + 1],
    // day 0, 1 January 1970, was a Thursday
    weekly: [today - ((today + 3) % 7), today - ((today + 3) % 7) + 7],
    monthly: [dayNumber(year, month, 1), dayNumber(month === 12 ? year + 1 : year, (month % 12) + 1, 1)]
  }[window] as [number, number] // each of the three has two
  return { start: beginningOf(first, clock), end: beginningOf(next, clock) }
}

const DAY = 86_400_000

interface Civil {
  year: number
  month: number
  day: number
  /** milliseconds to be added to UTC for the zone's wall clock */
  offset: number
}

type Clock = (time: number) => Civil

// making one takes longer than all that is asked of it; there are some 600 zones
const clocks = new Map<string, Clock>()

function clockOf(timeZone: string): Clock {
  const known = clocks.get(timeZone) ?? makeClock(timeZone)
  clocks.set(timeZone, known)
  return known
}

function makeClock(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  return time => {
    const whole = Math.floor(time / 1000) * 1000
    const parts = Object.fromEntries(format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]))
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    const wall = dayNumber(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1000
    return { year, month, day, offset: wall - whole }
  }
}

/**
 * The first moment of a day. Where the clock is put back over midnight there are two, and the first counts; where it is put forward there is
 * none, and the day begins with the change.
 */
function beginningOf(day: number, clock: Clock): number {
  const midnight = day * DAY
  const before = midnight - clock(midnight - DAY).offset
  const after = midnight - clock(midnight + DAY).offset
  const shown = [before, after].filter(time => time + clock(time).offset === midnight)
  return shown.length ? Math.min(...shown) : before
}

/** Days since 1 January 1970 in the Gregorian calendar (Howard Hinnant, "days_from_civil"). */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
