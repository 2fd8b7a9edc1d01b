import type { Facts, Price } from '../vendor.ts'

/* Helpers for published price lists. Prices set with PUT /admin/models override them. */

/** A resolution, its price per second, and further conditions. */
export type Row = readonly [resolution: string, amount: string, when?: Facts]

/** Returns prices per second by resolution. */
export function bySecond(currency: string, rows: readonly Row[]): Price[] {
  return rows.map(([resolution, amount, when]) => ({ unit: 'second', amount, currency, when: { resolution, ...when } }))
}
