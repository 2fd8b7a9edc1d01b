import type { Money } from '../api/types/index.ts'
import type { Words } from './words.ts'

export type Format = ReturnType<typeof createFormat>

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Returns functions that write numbers, money and times for one language, in the person's own time zone. */
export function createFormat(language: string, { units }: Words) {
  const numbers = new Intl.NumberFormat(language)
  const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const hundredths = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const changes = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'always' })
  const relatives = new Intl.RelativeTimeFormat(language, { style: 'narrow', numeric: 'always' })
  const times = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23'
  })
  const clocks = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const days = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' })
  const instants = { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' } as const
  const moments = new Intl.DateTimeFormat(language, instants)
  const universal = new Intl.DateTimeFormat(language, { ...instants, timeZone: 'UTC' })
  const zoned = new Intl.DateTimeFormat(language, { timeZoneName: 'short' })
  const currencies = new Map<string, Intl.NumberFormat>()

  function currency(code: string, digits: number): Intl.NumberFormat {
    const name = `${code} ${digits}`
    let found = currencies.get(name)
    if (!found) {
      found = new Intl.NumberFormat(language, {
        style: 'currency',
        currency: code,
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: 2,
        maximumFractionDigits: digits
      })
      currencies.set(name, found)
    }
    return found
  }

  function short(code: string): Intl.NumberFormat {
    const found =
      currencies.get(code) ??
      new Intl.NumberFormat(language, {
        style: 'currency',
        currency: code,
        currencyDisplay: 'narrowSymbol',
        notation: 'compact',
        maximumSignificantDigits: 3
      })
    currencies.set(code, found)
    return found
  }

  // decimal strings keep every digit: the type of `format` does not say that it takes any
  const write = ({ amount, currency: code }: Money, digits: number) =>
    currency(code, digits).format(amount as Intl.StringNumericLiteral)

  return {
    number: (value: number) => numbers.format(value),
    percent: (share: number) => percents.format(share),
    /** `+12%`: how much more than before. */
    change: (now: number, before: number) => changes.format(now / before - 1),

    /** Money in lists, to the cent. */
    money: (money: Money) => write(money, 2),
    /** Money in details and prices: never rounded. */
    exactMoney: (money: Money) => write(money, 8),
    /** `$0.291`: what one of many costs. */
    average: (amount: number, code: string) => currency(code, 3).format(amount),
    /** `$1.2K`, at an axis. */
    shortMoney: (amount: number, code: string) => short(code).format(amount),

    /** `4m ago`, of Unix seconds. */
    ago(seconds: number, now: number): string {
      const ms = seconds * SECOND - now
      const past = Math.abs(ms)
      // the clock of the page ticks every five seconds, and is behind by as much
      if (past < SECOND || (ms > 0 && ms < 5 * SECOND)) return units.now
      if (past < MINUTE) return relatives.format(Math.trunc(ms / SECOND), 'second')
      if (past < HOUR) return relatives.format(Math.trunc(ms / MINUTE), 'minute')
      if (past < 2 * DAY) return relatives.format(Math.trunc(ms / HOUR), 'hour')
      return relatives.format(Math.trunc(ms / DAY), 'day')
    },

    /** `14:28:36` */
    time: (seconds: number) => times.format(seconds * SECOND),
    /** `14:28` */
    clock: (seconds: number) => clocks.format(seconds * SECOND),
    /** `Nov 29` */
    day: (seconds: number) => days.format(seconds * SECOND),
    /** `Nov 29, 2026, 14:28:36` */
    moment: (seconds: number) => moments.format(seconds * SECOND),
    /** Both the person's time with its zone, and UTC. */
    fullMoment(seconds: number): string {
      const zone = zoned.formatToParts(seconds * SECOND).find(part => part.type === 'timeZoneName')?.value ?? ''
      const local = `${moments.format(seconds * SECOND)} ${zone}`
      return zone === 'UTC' ? local : `${local} · ${universal.format(seconds * SECOND)} UTC`
    },

    /** `8.2 s`, `64 s`, `1 min 36 s`, of milliseconds. */
    duration(ms: number): string {
      if (ms > 0 && ms < 100) return units.ms(numbers.format(Math.round(ms)))
      if (ms < 10 * SECOND) return units.s(tenths.format(ms / SECOND))
      if (ms < 90 * SECOND) return units.s(numbers.format(Math.round(ms / SECOND)))
      const seconds = Math.round(ms / SECOND)
      if (ms < HOUR) return pair(units.min, Math.floor(seconds / 60), units.s, seconds % 60)
      const minutes = Math.round(seconds / 60)
      if (ms < DAY) return pair(units.h, Math.floor(minutes / 60), units.min, minutes % 60)
      const hours = Math.round(minutes / 60)
      return pair(units.d, Math.floor(hours / 24), units.h, hours % 24)
    },

    /** The length of a video: `5 s`. */
    length: (seconds: number) => units.s(tenths.format(seconds)),

    /** The measured length of a file: `5.00 s`. */
    exactLength: (seconds: number) => units.s(hundredths.format(seconds)),

    bytes(count: number): string {
      let step = 0
      let left = count
      while (left >= 1000 && step < units.bytes.length - 1) {
        left /= 1000
        step++
      }
      const text = step > 0 && left < 10 ? tenths.format(left) : numbers.format(Math.round(left))
      return `${text} ${units.bytes[step]}`
    }
  }

  function pair(large: (n: string) => string, count: number, small: (n: string) => string, rest: number): string {
    return rest === 0 ? large(numbers.format(count)) : `${large(numbers.format(count))} ${small(numbers.format(rest))}`
  }
}
