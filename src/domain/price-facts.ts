import { vendors } from '../vendors/index.ts'

/* What the conditions of a price may be about. */

const stated = 'seconds videos image references resolution audio mode video voice service_tier off_peak'.split(' ')

const published = Object.values(vendors).flatMap(({ prices = {} }) =>
  Object.values(prices).flatMap(list => list.prices.flatMap(({ when = {} }) => Object.keys(when)))
)

/** Names of what vendors state about a request (vendors/vendor.ts, `Billing`), and of what published prices depend on. */
export const priceFacts: readonly string[] = [...new Set([...stated, ...published])].sort()
