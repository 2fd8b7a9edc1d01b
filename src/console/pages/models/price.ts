import type { Model, Price } from '../../api/types/index.ts'

/* The gateway's rule (src/domain/price.ts) for a request whose settings are all known. */

export type Facts = Readonly<Record<string, string | number | boolean>>

export const conditionsOf = ({ when = {} }: Price) => Object.entries(when)

/** Returns the price that a request costs by: the most specific whose conditions all hold, the first among equals. */
export function ruleFor(prices: readonly Price[], facts: Facts): Price | null {
  const met = prices.filter(price => conditionsOf(price).every(([name, value]) => isSame(facts[name], value)))
  return met.reduce<Price | null>(
    (best, price) => (best === null || conditionsOf(price).length > conditionsOf(best).length ? price : best),
    null
  )
}

const isSame = (fact: Facts[string] | undefined, value: Facts[string]) =>
  fact !== undefined && String(fact).toLowerCase() === String(value).toLowerCase()

/** What one video costs by a rule, as a decimal, rounded up to the millionth as the gateway does. */
export function costOf({ unit, amount }: Price, seconds: number): string {
  const micro = Number(amount) * 1e6 * (unit === 'second' ? seconds : 1)
  // binary fractions must not add a millionth
  return String(Math.ceil(Math.round(micro * 1000) / 1000) / 1e6)
}

/** The price without conditions, else the one with the fewest. */
export const usualPrice = ({ prices }: Pick<Model, 'prices'>): Price | null =>
  prices.reduce<Price | null>(
    (best, price) => (best === null || conditionsOf(price).length < conditionsOf(best).length ? price : best),
    null
  )

/** Candidates in the order in which they are tried. */
export const inOrder = (candidates: Model['candidates']) =>
  candidates.toSorted((a, b) => b.priority - a.priority || b.weight - a.weight)

/** Returns the candidates with one at another place: their priorities say the order. */
export function moved(candidates: Model['candidates'], from: number, to: number): Model['candidates'] {
  const next = [...candidates]
  const [one] = next.splice(from, 1)
  if (!one) return next
  next.splice(to, 0, one)
  return next.map((candidate, index) => ({ ...candidate, priority: (next.length - 1 - index) * 10 }))
}
