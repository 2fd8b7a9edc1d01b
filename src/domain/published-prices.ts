import type { Price, PriceList } from '../vendors/vendor.ts'

/** The published prices of a model as the channel at `baseUrl` buys it; none: nobody has told us. */
export function publishedPrices(list: PriceList | undefined, model: string, baseUrl: string): readonly Price[] {
  // names come from outside: `constructor` is no model
  const known = list && Object.hasOwn(list, model) ? list[model] : undefined
  if (!known) return []
  const { hostname } = new URL(baseUrl)
  const here = !known.hosts || known.hosts.some(host => hostname === host || hostname.endsWith(`.${host}`))
  return here ? known.prices : []
}
