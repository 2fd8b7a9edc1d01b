import type { Price, PriceList } from '../vendors/vendor.ts'

/** Returns the prices that a vendor publishes for a model at the hosts of `baseUrl`; empty: none are known. */
export function publishedPrices(list: PriceList | undefined, model: string, baseUrl: string): readonly Price[] {
  // names come from outside: `constructor` is not a model
  const known = list && Object.hasOwn(list, model) ? list[model] : undefined
  if (!known) return []
  const { hostname } = new URL(baseUrl)
  const here = !known.hosts || known.hosts.some(host => hostname === host || hostname.endsWith(`.${host}`))
  return here ? known.prices : []
}
