import { parseIso } from '../lib/time.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { everyPrice } from './published-prices.ts'

/** One thing that is known of a vendor, and when it was compared with its source. */
export interface Checked {
  vendor: string
  /** `models`, or the models whose prices they are */
  what: string
  checked: string
  /** in days */
  age: number
  source: string
}

/** Returns what is known of each vendor's models and prices, oldest first; `now` in milliseconds. */
export function auditVendors(vendors: Readonly<Record<string, Vendor>>, now: number): Checked[] {
  const known = Object.values(vendors).flatMap(({ id: vendor, facts, prices }) => {
    // one page has the prices of many models
    const pages = Map.groupBy(everyPrice(prices), ([, { source, date }]) => JSON.stringify([source, date]))
    return [
      { vendor, what: 'models', checked: facts.checked, source: facts.source },
      ...[...pages.values()].map(entries => {
        const [, { source, date }] = entries[0]! // a group has one
        return { vendor, what: `prices of ${entries.map(([name]) => name).join(', ')}`, checked: date, source }
      })
    ]
  })
  return known
    .map(one => ({ ...one, age: ageOf(one.checked, now) }))
    .toSorted((a, b) => b.age - a.age || a.vendor.localeCompare(b.vendor))
}

const DAY = 86_400_000

// of a month its first day
function ageOf(date: string, now: number): number {
  const day = date.length === 7 ? `${date}-01` : date
  return Math.max(0, Math.floor((now - (parseIso(`${day}T00:00:00Z`) ?? 0)) / DAY))
}
