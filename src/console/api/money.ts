import type { Money } from './types/index.ts'

/* Sums of decimal strings, digit by digit: floating point would lose cents. */

const DIGITS = 8

/** Returns the sums, one for each currency, the currency of most entries first. */
export function sumsOf(amounts: readonly Money[]): Money[] {
  const sums = new Map<string, { sum: bigint; count: number }>()
  for (const { amount, currency } of amounts) {
    const { sum, count } = sums.get(currency) ?? { sum: 0n, count: 0 }
    sums.set(currency, { sum: sum + unitsOf(amount), count: count + 1 })
  }
  return [...sums]
    .toSorted(([, a], [, b]) => b.count - a.count)
    .map(([currency, { sum }]) => ({ amount: decimalOf(sum), currency }))
}

function unitsOf(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.replace('-', '').split('.')
  const units = BigInt(whole + fraction.slice(0, DIGITS).padEnd(DIGITS, '0'))
  return amount.startsWith('-') ? -units : units
}

function decimalOf(units: bigint): string {
  const text = (units < 0n ? -units : units).toString().padStart(DIGITS + 1, '0')
  const fraction = text.slice(-DIGITS).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${text.slice(0, -DIGITS)}${fraction && `.${fraction}`}`
}
