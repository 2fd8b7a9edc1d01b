import type { Facts, Price, PriceList } from '../vendor.ts'

/* Writing down what vendors publish, and looking it up. PUT /admin/models overrules all of it. */

/** A resolution, what a second of it costs, and what else must hold. */
export type Row = readonly [resolution: string, amount: string, when?: Facts]

/** Prices of a second by resolution. */
export function bySecond(currency: string, rows: readonly Row[]): Price[] {
  return rows.map(([resolution, amount, when]) => ({ unit: 'second', amount, currency, when: { resolution, ...when } }))
}

/** The published prices of a model as the channel at `baseUrl` buys it; none: nobody has told us. */
export function publishedPrices(list: PriceList | undefined, model: string, baseUrl: string): readonly Price[] {
  // names come from outside: `constructor` is no model
  const known = list && Object.hasOwn(list, model) ? list[model] : undefined
  if (!known) return []
  const { hostname } = new URL(baseUrl)
  const here = !known.hosts || known.hosts.some(host => hostname === host || hostname.endsWith(`.${host}`))
  return here ? known.prices : []
}
