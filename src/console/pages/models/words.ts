import type { Price } from '../../api/types/index.ts'
import type { Format } from '../../i18n/format.ts'
import type { Words } from '../../i18n/words.ts'

/** `$0.084 / s` */
export function priceText({ unit, amount, currency }: Price, t: Words, format: Format): string {
  if (Number(amount) === 0) return t.models.free
  const price = format.exactMoney({ amount, currency })
  return unit === 'second' ? t.units.perSecond(price) : t.units.perVideo(price)
}

/** The name of a setting that a price depends on; vendors have some of their own. */
export function factName(name: string, { models }: Words): string {
  const words: Readonly<Record<string, string>> = models.facts
  return Object.hasOwn(words, name) ? words[name]! : name
}

/** `resolution 1080p`, `sound on` */
export const conditionText = (name: string, value: unknown, t: Words): string =>
  `${factName(name, t)} ${typeof value === 'boolean' ? (value ? t.models.on : t.models.off) : String(value)}`
