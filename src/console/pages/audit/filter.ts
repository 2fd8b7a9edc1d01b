import { number, text, choice } from '../../state/url.ts'

export const ranges = { '24h': 86_400, '7d': 7 * 86_400, '30d': 30 * 86_400 } as const

export const parameters = {
  who: text,
  what: text,
  target: text,
  range: choice(['', '24h', '7d', '30d'], ''),
  from: number,
  to: number
}

export interface Filters {
  who: string
  what: string
  target: string
  range: keyof typeof ranges | ''
  from: number | null
  to: number | null
}

/** What the list is asked for, at a time in Unix seconds. */
export const queryOfFilters = ({ who, what, target, range, from, to }: Filters, now: number) => ({
  who,
  what,
  target,
  from: range === '' ? from : now - ranges[range],
  to: range === '' ? to : null
})

export const noFilter = { who: '', what: '', target: '', range: '', from: null, to: null } as const
