import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const levels: Readonly<Record<number, [name: string, style: Style]>> = {
  10: ['TRACE', 'gray'],
  20: ['DEBUG', 'gray'],
  30: ['INFO', 'green'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', ['bold', 'red']]
}

/** Returns a line of JSON from the log as people read it: time, level, message, fields; the stack of an error below it. */
export function prettyLine(json: string, colour: boolean): string {
  const entry = JSON.parse(json) as Record<string, unknown> // true because our own log wrote it
  const { time, level, msg, err, ...fields } = entry
  const paint = (style: Style, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const [name, style] = levels[Number(level)] ?? [String(level), 'gray']
  const { stack, ...about } = Object(err) as Record<string, unknown>
  const words = [...fieldsOf(fields), ...fieldsOf(about, 'err.')].map(
    ([label, value]) => `${paint('dim', `${label}=`)}${value}`
  )
  const clock = String(time).slice(11, 23)
  const line = [paint('dim', clock), paint(style, name.padEnd(5)), paint('bold', String(msg ?? '')), ...words].join(' ')
  return typeof stack === 'string' && stack !== '' ? `${line}\n${paint('dim', stack)}\n` : `${line}\n`
}

const fieldsOf = (fields: Record<string, unknown>, prefix = '') =>
  Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined ? [] : [[prefix + name, textOf(value)]]
  )

/** Plain words as they are, everything else as JSON: on one line, without stacks, and without what a terminal would obey. */
function textOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && /^[\p{L}\p{N}_./:@+,;-]+$/u.test(value)) return value
  return JSON.stringify(value, (name, inner: unknown) => (name === 'stack' ? undefined : inner)).replaceAll(
    /[\u007f-\u009f]/g,
    '\uFFFD'
  )
}
