import type { Key, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { toDecimal } from '../lib/money.ts'
import { publishedPrices } from '../domain/published-prices.ts'
import { dearest, quoteOf, type Quote } from '../domain/price.ts'
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

// the sandbox is ours: it costs nothing
const free: readonly Price[] = [{ unit: 'video', amount: '0.00', currency: 'USD' }]

/** What a request costs at most, by the operator's prices, else by what the vendor publishes. */
export function createPricing({ routing, ledger, now, allowUnpriced }: Dependencies) {
  /** The most that any of the plans may cost, for one task of them; null: unpriced. */
  async function priceOf(model: string, plans: readonly Plan[]): Promise<Quote | null> {
    const own = (await routing.find(model))?.settings?.prices ?? []
    return dearest(
      plans.map(({ route, upstreamModel, submission }) => quoteOf(pricesFor(route, upstreamModel, own), submission))
    )
  }

  return {
    priceOf,

    /** What each of `count` tasks keeps of its price. Throws insufficient_quota when the key's budget cannot count or cover it. */
    async hold(
      key: Pick<Key, 'id' | 'budget'>,
      model: string,
      plans: readonly Plan[],
      count: number
    ): Promise<Pick<Task, 'price' | 'currency' | 'prices'>> {
      const found = await priceOf(model, plans)
      const reason = found ? mismatch(key, found) : unpriced(model)
      if (key.budget && reason !== null && !allowUnpriced)
        throw new ApiError('insufficient_quota', { param: 'model', message: reason, shouldRetry: false })
      // a spent budget costs two reads, not a transaction
      if (key.budget && found) await ledger.check(key.id, found.amount * count, found.currency, now())
      return found
        ? { price: found.amount, currency: found.currency, prices: [found.price] }
        : { price: null, currency: null, prices: null }
    },

    /** The list that holds for a public model: the operator's, else what is published for the channel that comes first. */
    async listFor(model: string): Promise<readonly Price[]> {
      const found = await routing.find(model)
      const [route] = found?.routes ?? []
      return route ? pricesFor(route, route.upstreamModel, found?.settings?.prices ?? []) : []
    }
  }
}

export type Pricing = ReturnType<typeof createPricing>

function pricesFor({ channel, vendor }: Route, upstreamModel: string, own: readonly Price[]): readonly Price[] {
  if (own.length) return own
  return channel.builtIn ? free : publishedPrices(vendor.prices, upstreamModel, channel.baseUrl)
}

const unpriced = (model: string) =>
  `${model} has no price for this request, so this key's budget cannot count it. The operator can give it one (PUT /admin/models/${model}) or set ALLOW_UNPRICED=true.`

function mismatch({ budget }: Pick<Key, 'budget'>, { amount, currency }: Quote): string | null {
  if (!budget || amount === 0 || currency === budget.currency) return null
  return `This would cost ${toDecimal(amount)} ${currency}, and this key's budget is in ${budget.currency}: it cannot count it. The operator can give the model a price in ${budget.currency}, or set ALLOW_UNPRICED=true.`
}
