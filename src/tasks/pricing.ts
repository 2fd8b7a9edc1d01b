import type { Key, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { toDecimal } from '../lib/money.ts'
import { publishedPrices } from '../domain/published-prices.ts'
import { mostExpensive, quoteOf, type Quote } from '../domain/price.ts'
import type { LedgerStore } from '../stores/ledger.ts'
import type { Price } from '../vendors/vendor.ts'
import type { Plan } from './describe.ts'
import type { Route } from '../domain/route.ts'
import type { Routing } from './routing.ts'

interface Dependencies {
  routing: Routing
  ledger: Pick<LedgerStore, 'check'>
  now(): number
  /** whether a key with a budget may use models without a price */
  allowUnpriced: boolean
}

// the sandbox costs nothing
const free: readonly Price[] = [{ unit: 'video', amount: '0.00', currency: 'USD' }]

/** Prices requests: by the operator's prices, else by those that the vendor publishes. */
export function createPricing({ routing, ledger, now, allowUnpriced }: Dependencies) {
  /** Returns the most that one task may cost under any of the plans; null: unpriced. */
  async function priceOf(model: string, plans: readonly Plan[]): Promise<Quote | null> {
    const quotes = plans.flatMap(({ route, upstreamModel, submission, variantNames = [model] }) =>
      variantNames.map(async name => quoteOf(pricesFor(route, upstreamModel, await ownPrices(name)), submission))
    )
    return mostExpensive(await Promise.all(quotes))
  }

  const ownPrices = async (model: string): Promise<readonly Price[]> =>
    (await routing.find(model))?.settings?.prices ?? []

  return {
    priceOf,

    /** Returns the price fields for each of `count` tasks. Throws insufficient_quota when the key's budget cannot count or cover them. */
    async hold(
      key: Pick<Key, 'id' | 'budget'>,
      model: string,
      plans: readonly Plan[],
      count: number
    ): Promise<Pick<Task, 'price' | 'currency' | 'prices'>> {
      const quote = await priceOf(model, plans)
      const reason = quote ? mismatch(key, quote) : unpriced(model)
      if (key.budget && reason !== null && !allowUnpriced)
        throw new ApiError('insufficient_quota', { param: 'model', message: reason, shouldRetry: false })
      // with a spent budget this costs two reads instead of a transaction
      if (key.budget && quote) await ledger.check(key.id, quote.amount * count, quote.currency, now())
      return quote
        ? { price: quote.amount, currency: quote.currency, prices: [quote.price] }
        : { price: null, currency: null, prices: null }
    },

    /** Returns the prices of a public model: the operator's, else those published for its first channel. */
    async listFor(model: string): Promise<readonly Price[]> {
      const publicModel = await routing.find(model)
      const [route] = publicModel?.routes ?? []
      return route ? pricesFor(route, route.upstreamModel, publicModel?.settings?.prices ?? []) : []
    }
  }
}

export type Pricing = ReturnType<typeof createPricing>

function pricesFor({ channel, vendor }: Route, upstreamModel: string, own: readonly Price[]): readonly Price[] {
  if (own.length) return own
  return channel.builtIn ? free : publishedPrices(vendor.prices, upstreamModel, channel.baseUrl)
}

const unpriced = (model: string) =>
  `${model} has no price for this request, so it cannot count against this key's budget. The operator can set one (PUT /admin/models/${model}) or set ALLOW_UNPRICED=true.`

function mismatch({ budget }: Pick<Key, 'budget'>, { amount, currency }: Quote): string | null {
  if (!budget || amount === 0 || currency === budget.currency) return null
  return `This request costs ${toDecimal(amount)} ${currency}, but this key's budget is in ${budget.currency}. The operator can set a price in ${budget.currency} for the model, or set ALLOW_UNPRICED=true.`
}
