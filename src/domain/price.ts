import type { Task } from '../db/schema.ts'
import { ApiError } from '../errors.ts'
import { toMicro } from '../lib/money.ts'
import type { Billing, Cost, Priced, Fact, Facts, Price } from '../vendors/vendor.ts'

/* What a task costs: at most, before it is sent, and in fact, when it has ended. Amounts are micro-units. */

/** How much is asked for. */
export interface Quantity {
  videos: number
  /** of each video; null: nobody knows */
  milliseconds: number | null
}

/** The most that a request can cost, and the one price that says so: what a task keeps, whatever becomes of the list. */
export interface Quote {
  amount: number
  currency: string
  price: Price
}

/**
 * The most that a draft can cost: by what its vendor states, or more when a setting that the statement does not cover makes it dearer.
 * Null: unpriced. Throws invalid_request on an amount nobody could book.
 */
export function quoteOf(prices: readonly Price[], { billing, unstated }: Priced): Quote | null {
  const stated = quote(prices, billing, quantityOf(billing))
  const whole = { ...billing, ...unstated }
  const dearer = stated && quote(prices, whole, quantityOf(whole))
  return dearer ? dearest([stated, dearer]) : stated
}

function quantityOf({ videos, seconds }: Pick<Billing, 'videos' | 'seconds'>): Quantity {
  return { videos, milliseconds: seconds === undefined ? null : Math.round(seconds * 1000) }
}

/**
 * Of the prices whose every condition is met, the most specific one, the first among equals. When none is, but some might be (a condition is
 * about something unknown), the dearest of those. Null: unpriced. Throws invalid_request on an amount nobody could book.
 */
export function quote(prices: readonly Price[], facts: Facts, quantity: Quantity): Quote | null {
  const met = prices.filter(price => conditions(price).every(([name, value]) => holds(facts[name], value)))
  if (met.length) return toQuote(mostSpecific(met), quantity)
  const possible = prices
    .filter(price => conditions(price).every(([name, value]) => facts[name] === undefined || holds(facts[name], value)))
    .map(price => toQuote(price, quantity))
  return dearest(possible)
}

/** The dearest of several. Null when there is none, or when they cannot be compared: one is unknown, or in another currency. */
export function dearest(quotes: readonly (Quote | null)[]): Quote | null {
  const known = quotes.filter(one => one !== null)
  const [first] = known
  if (!first || known.length < quotes.length) return null
  // nothing is nothing in every currency
  const costly = known.filter(({ amount }) => amount > 0)
  if (new Set(costly.map(({ currency }) => currency)).size > 1) return null
  return costly.reduce((most, one) => (one.amount > most.amount ? one : most), costly[0] ?? first)
}

/**
 * What of a task's hold is spent: what the vendor says it charged, when that is money of the price's currency; else the price of what was
 * made; else the whole hold. A video whose length the vendor does not tell is as long as it was held for, which may be more than was asked.
 * Never more than the hold.
 */
export function captured(
  { price: held, currency, prices, n, result }: Pick<Task, 'price' | 'currency' | 'prices' | 'n' | 'result'>,
  cost: Cost | null
): number {
  const most = held ?? 0
  return Math.min(actual() ?? most, most)

  function actual(): number | null {
    if (cost && cost.currency === currency && Number.isFinite(cost.amount) && cost.amount >= 0)
      return Math.round(Math.min(cost.amount * 1e6, Number.MAX_SAFE_INTEGER))
    const [price] = prices ?? []
    if (!price || !result) return null
    if (price.unit === 'video') return times(price, result.videos.length)
    const told = result.videos.map(({ seconds }) => seconds).filter(isLength)
    const length = told.reduce((sum, seconds) => sum + Math.round(seconds * 1000), 0)
    const untold = result.videos.length - told.length
    return times(price, length, 1000) + Math.ceil((most * untold) / Math.max(n, 1))
  }
}

const isLength = (seconds: number | undefined): seconds is number =>
  seconds !== undefined && Number.isFinite(seconds) && seconds > 0 && seconds < 1e6

const conditions = ({ when = {} }: Price) => Object.entries(when)

// 1080P is 1080p, and "5" is 5: people and vendors write both
const holds = (fact: Fact | undefined, value: Fact) =>
  fact !== undefined && String(fact).toLowerCase() === String(value).toLowerCase()

function mostSpecific(prices: readonly Price[]): Price {
  // true because it is only asked of lists that have one
  return prices.reduce((best, price) => (conditions(price).length > conditions(best).length ? price : best))
}

function toQuote(price: Price, { videos, milliseconds }: Quantity): Quote | null {
  if (price.unit === 'second' && milliseconds === null) return null
  const amount = price.unit === 'video' ? times(price, videos) : times(price, videos * (milliseconds ?? 0), 1000)
  if (amount > MOST)
    throw new ApiError('invalid_request', { message: 'This would cost more than can be booked. Ask for less.' })
  return { amount, currency: price.currency, price }
}

// a billion: far above any bill, and thousands of them still add up exactly
const MOST = 1e15

/** Rounded up to the next micro-unit. In BigInt: amount and milliseconds together leave the exact numbers. */
function times({ amount }: Price, count: number, per = 1): number {
  const product = BigInt(toMicro(amount)) * BigInt(Math.max(0, Math.round(count)))
  const micro = (product + BigInt(per - 1)) / BigInt(per)
  return micro > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(micro)
}
