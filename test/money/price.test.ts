import { describe, expect, test } from 'vitest'
import { toDecimal } from '../../src/lib/money.ts'
import { captured, mostExpensive, quote, type Quote } from '../../src/domain/price.ts'
import type { ProducedFile, Cost, Facts, Price, Succeeded } from '../../src/vendors/vendor.ts'

const second = (amount: string, when?: Price['when'], currency = 'USD'): Price => ({
  unit: 'second',
  amount,
  currency,
  ...(when && { when })
})
const video = (amount: string, when?: Price['when']): Price => ({ ...second(amount, when), unit: 'video' })
const five = { videos: 1, milliseconds: 5000 }
const at = (prices: Price[], facts: Facts, quantity = five) => {
  const found = quote(prices, facts, quantity)
  return found && `${toDecimal(found.amount)} ${found.currency}`
}

describe('quote', () => {
  test.each<[string, Price[], Facts, string | null]>([
    ['per second', [second('0.10')], {}, '0.50 USD'],
    ['per video', [video('0.35')], {}, '0.35 USD'],
    ['no price at all', [], {}, null],
    ['the condition is met', [second('0.10'), second('0.20', { mode: 'pro' })], { mode: 'pro' }, '1.00 USD'],
    ['the condition is not met', [second('0.10'), second('0.20', { mode: 'pro' })], { mode: 'std' }, '0.50 USD'],
    [
      'the fact is unknown, and there is a price for everything else',
      [second('0.10'), second('0.20', { mode: 'pro' })],
      {},
      '0.50 USD'
    ],
    [
      'the most specific wins, whatever the order',
      [second('0.30', { resolution: '1080p', audio: true }), second('0.20', { resolution: '1080p' }), second('0.10')],
      { resolution: '1080p', audio: true },
      '1.50 USD'
    ],
    ['the first of equals', [second('0.10', { a: 1 }), second('0.20', { b: 1 })], { a: 1, b: 1 }, '0.50 USD'],
    [
      'case and type of a value do not matter',
      [second('0.20', { resolution: '1080P', seconds: '5' })],
      { resolution: '1080p', seconds: 5 },
      '1.00 USD'
    ],
    ['false is a value', [second('0.20', { audio: false })], { audio: false }, '1.00 USD'],
    ['unknown is not false', [second('0.10', { audio: false }), second('0.20', { audio: true })], {}, '1.00 USD'],
    ['nothing fits', [second('0.20', { resolution: '1080p' })], { resolution: '720p' }, null],
    [
      'what is left open costs the most it can',
      [second('0.10', { resolution: '720p' }), second('0.40', { resolution: '4k' })],
      {},
      '2.00 USD'
    ],
    [
      'two currencies cannot be compared',
      [second('0.10', { resolution: '720p' }), second('0.40', { resolution: '4k' }, 'CNY')],
      {},
      null
    ],
    ['every object’s own names are no facts', [second('0.20', { constructor: 'x' }), second('0.10')], {}, '0.50 USD']
  ])('%s', (_, prices, facts, expected) => {
    expect(at(prices, facts)).toBe(expected)
  })

  test('several videos cost several times as much', () => {
    expect(at([second('0.10')], {}, { videos: 3, milliseconds: 5000 })).toBe('1.50 USD')
    expect(at([video('0.10')], {}, { videos: 3, milliseconds: 5000 })).toBe('0.30 USD')
  })

  test('an unknown length has no price per second, but one per video', () => {
    expect(quote([second('0.10')], {}, { videos: 1, milliseconds: null })).toBeNull()
    expect(quote([video('0.10')], {}, { videos: 1, milliseconds: null })?.amount).toBe(100_000)
  })

  test('a broken micro-unit is rounded up, and decimals stay exact', () => {
    expect(at([second('0.000001')], {}, { videos: 1, milliseconds: 1 })).toBe('0.000001 USD')
    expect(at([second('0.1')], {}, { videos: 1, milliseconds: 2500 })).toBe('0.25 USD')
    // as floating numbers 0.1 × 3 is 0.30000000000000004
    expect(at([video('0.1')], {}, { videos: 3, milliseconds: 1 })).toBe('0.30 USD')
    expect(at([second('999999.999999')], {}, { videos: 1, milliseconds: 999_999 })).toBe('999998999.999001 USD')
  })

  test('what cannot be booked is refused, not cut', () => {
    expect(() => quote([second('999999999')], {}, { videos: 10, milliseconds: 3_600_000 })).toThrow(
      'more than can be booked'
    )
  })
})

describe('mostExpensive', () => {
  const of = (amount: number, currency = 'USD'): Quote => ({ amount, currency, price: second('1') })
  test.each<[string, (Quote | null)[], Quote | null]>([
    ['the largest', [of(1), of(3), of(2)], of(3)],
    ['none', [], null],
    ['one unknown makes all unknown', [of(1), null], null],
    ['two currencies', [of(1), of(2, 'CNY')], null],
    ['nothing costs nothing in every currency', [of(2, 'CNY'), of(0)], of(2, 'CNY')],
    ['nothing alone', [of(0), of(0, 'CNY')], of(0)]
  ])('%s', (_, quotes, expected) => {
    expect(mostExpensive(quotes)).toEqual(expected)
  })
})

describe('captured', () => {
  const made = (...seconds: (number | undefined)[]): Succeeded => {
    const [first, ...others] = seconds.map((length): ProducedFile => ({
      at: { url: 'https://x' },
      ...(length !== undefined && { seconds: length })
    }))
    return { status: 'succeeded', videos: [first!, ...others] }
  }
  const task = (more: object = {}) => ({
    price: 500_000,
    currency: 'USD',
    prices: [second('0.10')],
    milliseconds: 5000,
    n: 1,
    result: made(5),
    ...more
  })
  test.each<[string, object, Cost | null, number]>([
    ['what was asked was made', {}, null, 500_000],
    ['shorter than asked', { result: made(4) }, null, 400_000],
    ['longer than asked never costs more than was held', { result: made(5.1) }, null, 500_000],
    ['a length that the vendor does not report is the requested one', { result: made(undefined) }, null, 500_000],
    [
      'neither reported nor requested: the whole hold',
      { milliseconds: null, price: 1_500_000, result: made(undefined) },
      null,
      1_500_000
    ],
    ['reported, not requested', { milliseconds: null, price: 1_500_000, result: made(7) }, null, 700_000],
    ['less asked than was held for and sent', { milliseconds: 3000, result: made(undefined) }, null, 500_000],
    ['one of two videos', { price: 1_000_000, result: made(5) }, null, 500_000],
    ['one of two videos, its length not reported', { n: 2, price: 1_000_000, result: made(undefined) }, null, 500_000],
    ['two videos, the length of one reported', { n: 2, price: 1_000_000, result: made(4, undefined) }, null, 900_000],
    ['per video, one of two', { price: 200_000, prices: [video('0.10')], result: made(undefined) }, null, 100_000],
    ['the vendor’s cost in the same money', {}, { amount: 0.123456, currency: 'USD' }, 123_456],
    ['the vendor’s cost beyond the hold', {}, { amount: 99, currency: 'USD' }, 500_000],
    ['the vendor’s cost of nothing', {}, { amount: 0, currency: 'USD' }, 0],
    ['the vendor’s cost in other money', { result: made(4) }, { amount: 3, currency: 'kling-units' }, 400_000],
    ['a negative cost is no cost', {}, { amount: -1, currency: 'USD' }, 500_000],
    ['a cost that is no number is no cost', {}, { amount: Number.NaN, currency: 'USD' }, 500_000],
    ['a length of nothing is no length', { result: made(0) }, null, 500_000],
    ['an endless length is no length', { result: made(Number.POSITIVE_INFINITY) }, null, 500_000],
    ['charged without a video', { result: null }, null, 500_000],
    ['charged without a video, and reported', { result: null }, { amount: 0.2, currency: 'USD' }, 200_000],
    ['nothing was held', { price: 0 }, { amount: 5, currency: 'USD' }, 0]
  ])('%s', (_, more, cost, expected) => {
    expect(captured(task(more), cost)).toBe(expected)
  })
})
