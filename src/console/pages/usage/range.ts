/* The time of a report: whole days of the person's calendar. */

export const rangeNames = ['7d', '30d', 'month', 'last_month'] as const

export type Range = (typeof rangeNames)[number]

/** Unix seconds; `to` is exclusive. */
export interface Window {
  from: number
  to: number
}

export interface Day {
  /** `2026-11-29`, as reports name it */
  name: string
  /** Unix seconds at which it begins and ends */
  at: number
  end: number
}

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Returns the ends of a range as seen on a day. */
export function windowOf(range: Range, today: Date): Window {
  const [year, month, day] = [today.getFullYear(), today.getMonth(), today.getDate()]
  const tomorrow = secondsOf(year, month, day + 1)
  switch (range) {
    case '7d':
      return { from: secondsOf(year, month, day - 6), to: tomorrow }
    case '30d':
      return { from: secondsOf(year, month, day - 29), to: tomorrow }
    case 'month':
      return { from: secondsOf(year, month, 1), to: tomorrow }
    case 'last_month':
      return { from: secondsOf(year, month - 1, 1), to: secondsOf(year, month, 1) }
  }
}

/** The equally long time before. */
export const windowBefore = ({ from, to }: Window): Window => ({ from: from - (to - from), to: from })

export function daysOf({ from, to }: Window): Day[] {
  const days: Day[] = []
  for (let at = from; at < to;) {
    const date = new Date(at * 1000)
    const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()]
    const end = secondsOf(year, month, day + 1)
    days.push({ name: [year, two(month + 1), two(day)].join('-'), at, end })
    at = end
  }
  return days
}

const secondsOf = (year: number, month: number, day: number) => new Date(year, month, day).getTime() / 1000
const two = (n: number) => String(n).padStart(2, '0')
