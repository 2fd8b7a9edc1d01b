import type { Task } from '../db/schema.ts'
import { ApiError } from '../errors.ts'
import { toMicro } from '../lib/money.ts'
import type { Billing, Cost, Priced, Fact, Facts, Price } from '../vendors/vendor.ts'

/* What a task costs: at most, before it is sent, and actually, when it has ended. Amounts in micro-units. */

/** How much is requested. */
export interface Quantity {
  videos: number
  /** of each video; null: unknown */
  milliseconds: number | null
}

/** The most that a request can cost, and the price it was calculated with; the task keeps that price when the list changes. */
export interface Quote {
  amount: number
  currency: string
  price: Price
}

/**
 * Returns the most that a draft can cost: by the billing that its vendor states, or more when a setting outside that statement costs more.
 * Null: unpriced. Throws invalid_request when the amount is too large to book.
 */
export function quoteOf(prices: readonly Price[], { billing, unstated }: Priced): Quote | null {
  const stated = quote(prices, billing, quantityOf(billing))
  const whole = { ...billing, ...unstated }
  const complete = stated && quote(prices, whole, quantityOf(whole))
  return complete ? mostExpensive([stated, complete]) : stated
}

function quantityOf({ videos, seconds }: Pick<Billing, 'videos' | 'seconds'>): Quantity {
  return { videos, milliseconds: seconds === undefined ? null : Math.round(seconds * 1000) }
}

/**
 * Quotes by the most specific price whose conditions are all met, the first among equals. If there is none, but some might match (a condition
 * is about an unknown fact), by the most expensive of those. Null: unpriced. Throws invalid_request when the amount is too large to book.
 */
export function quote(prices: readonly Price[], facts: Facts, quantity: Quantity): Quote | null {
  const met = prices.filter(price => conditions(price).every(([name, value]) => holds(facts[name], value)))
  if (met.length) return toQuote(mostSpecific(met), quantity)
  const possible = prices
    .filter(price => conditions(price).every(([name, value]) => facts[name] === undefined || holds(facts[name], value)))
    .map(price => toQuote(price, quantity))
  return mostExpensive(possible)
}

/** Returns the most expensive quote. Null when there is none, or when they cannot be compared: one is unknown or in another currency. */
export function mostExpensive(quotes: readonly (Quote | null)[]): Quote | null {
  const known = quotes.filter(one => one !== null)
  const [first] = known
  if (!first || known.length < quotes.length) return null
  // zero is zero in every currency
  const costly = known.filter(({ amount }) => amount > 0)
  if (new Set(costly.map(({ currency }) => currency)).size > 1) return null
  return costly.reduce((most, one) => (one.amount > most.amount ? one : most), costly[0] ?? first)
}

/**
 * Returns how much of a task's hold is spent: what the vendor says it charged, if that is in the price's currency; else the price of what was
 * made; else the whole hold. A video without a reported length costs its share of the hold, which may be for more than was requested. Never
 * more than the hold.
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
    const lengths = result.videos.map(({ seconds }) => seconds).filter(isLength)
    const total = lengths.reduce((sum, seconds) => sum + Math.round(seconds * 1000), 0)
    const unknown = result.videos.length - lengths.length
    return times(price, total, 1000) + Math.ceil((most * unknown) / Math.max(n, 1))
  }
}

const isLength = (seconds: number | undefined): seconds is number =>
  seconds !== undefined && Number.isFinite(seconds) && seconds > 0 && seconds < 1e6

const conditions = ({ when = {} }: Price) => Object.entries(when)

// 1080P equals 1080p, and "5" equals 5: people and vendors write both
const holds = (fact: Fact | undefined, value: Fact) =>
  fact !== undefined && String(fact).toLowerCase() === String(value).toLowerCase()

function mostSpecific(prices: readonly Price[]): Price {
  // true because it is only called with lists that are not empty
  return prices.reduce((best, price) => (conditions(price).length > conditions(best).length ? price : best))
}

function toQuote(price: Price, { videos, milliseconds }: Quantity): Quote | null {
  if (price.unit === 'second' && milliseconds === null) return null
  const amount = price.unit === 'video' ? times(price, videos) : times(price, videos * (milliseconds ?? 0), 1000)
  if (amount > MOST)
    throw new ApiError('invalid_request', {
      message: 'This request costs more than can be booked. Request fewer or shorter videos.'
    })
  return { amount, currency: price.currency, price }
}

// a billion: far above any bill, and thousands of these still add up exactly
const MOST = 1e15

/** Rounds up to the next micro-unit. BigInt, because amount times milliseconds exceeds the exact integers. */
function times({ amount }: Price, count: number, per = 1): number {
  const product = BigInt(toMicro(amount)) * BigInt(Math.max(0, Math.round(count)))
  const micro = (product + BigInt(per - 1)) / BigInt(per)
  return micro > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(micro)
}
