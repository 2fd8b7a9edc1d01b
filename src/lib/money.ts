/* Money: decimal strings in the API, integer micro-units inside. */

const MICRO = 1_000_000

/** A decimal amount: at most nine digits before and six after the point. */
export const decimalPattern = /^\d{1,9}(\.\d{1,6})?$/

/** `"0.10"` → 100000. The text must match `decimalPattern`. */
export function toMicro(decimal: string): number {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return Number(whole) * MICRO + Number(fraction.padEnd(6, '0'))
}

/** 100000 → `"0.10"`: two decimal places, more only when needed. */
export function toDecimal(micro: number): string {
  const sign = micro < 0 ? '-' : ''
  const [whole, fraction] = [Math.floor(Math.abs(micro) / MICRO), Math.abs(micro) % MICRO]
  const places = String(fraction)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `${sign}${whole}.${places}`
}
