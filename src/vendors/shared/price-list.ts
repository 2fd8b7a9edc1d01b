import type { Facts, Price } from '../vendor.ts'

/* Writing down what vendors publish. PUT /admin/models overrules all of it. */

/** A resolution, what a second of it costs, and what else must hold. */
export type Row = readonly [resolution: string, amount: string, when?: Facts]

/** Prices of a second by resolution. */
export function bySecond(currency: string, rows: readonly Row[]): Price[] {
  return rows.map(([resolution, amount, when]) => ({ unit: 'second', amount, currency, when: { resolution, ...when } }))
}
