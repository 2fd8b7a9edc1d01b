import { InvalidArgumentError, Option } from 'commander'

/* Parsers of command-line values for commander: text in, value out, InvalidArgumentError with what is wrong. */

export const jsonOption = () => new Option('--json', 'print JSON')

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const number = Number(text)
    if (/^-?\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least}${most < 1e15 ? ` to ${most}` : ''}.`)
  }
}

/** Parses a limit that `none` takes away; not as null, which commander would replace by an empty text. */
export const orNone =
  <Value>(parse: (text: string) => Value) =>
  (text: string): Value | 'none' =>
    text === 'none' ? text : parse(text)

/** Returns null for `none`, as the API takes it. */
export const nullIfNone = <Value>(value: Value | 'none'): Value | null => (value === 'none' ? null : value)

export function positive(text: string): number {
  const number = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && number > 0) return number
  throw new InvalidArgumentError('It must be a number above 0.')
}

/** Collects an option that may be repeated. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** The same for `name=value`. */
export function collectPairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.')
  return { ...before, [name.trim()]: value }
}

/** The same for `public=upstream`, or one name for both. */
export function collectModels(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name = text, upstream = text] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  return { ...before, [name.trim()]: upstream.trim() }
}

/** Parses `30d` or `12h` from now, or a date; returns Unix seconds. */
export const moment = (text: string): number => momentOf(text, 1)

/** Parses `30d` or `12h` ago, or a date; returns Unix seconds. */
export const ago = (text: string): number => momentOf(text, -1)

function momentOf(text: string, direction: 1 | -1): number {
  const [, count, unit] = /^(\d+)([hd])$/.exec(text) ?? []
  if (count !== undefined)
    return Math.floor(Date.now() / 1000) + direction * Number(count) * (unit === 'h' ? 3600 : 86_400)
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be 30d, 12h or a date, e.g. 2027-01-31.')
  return Math.floor(at / 1000)
}

export function size(text: string): string {
  if (/^\d{2,5}x\d{2,5}$/i.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('It must be WIDTHxHEIGHT, e.g. 1280x720.')
}

export const passphraseOption = () =>
  new Option('--passphrase-file <file>', 'read the passphrase from a file, - for stdin (default: REELAY_PASSPHRASE)')
