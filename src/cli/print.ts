import { basename, relative } from 'node:path'
import { styleText } from 'node:util'

/* Output for people and machines. Colours only appear in a terminal: styleText checks the stream. */

/** How this program was called, for hints that can be pasted. */
export const self = callOf(process.argv[1] ?? 'reelay')

export type Style = Parameters<typeof styleText>[0]

export interface Format {
  json?: boolean | undefined
}

/** Prints a line of the result on stdout. */
export const say = (text = '') => void process.stdout.write(`${text}\n`)

/** Prints a line that is not part of the result on stderr. */
export const note = (text = '') => void process.stderr.write(`${text}\n`)

export const style = (format: Style, text: string, stream: NodeJS.WriteStream = process.stdout) =>
  styleText(format, text, { stream })

/** Prints the value as JSON, or calls `human`. */
export function print<Value>(value: Value, { json = false }: Format, human: (value: Value) => void) {
  if (json) say(JSON.stringify(value, null, 2))
  else human(value)
}

export type Cell = string | number | null | undefined | { text: string; style: Style }

/** Prints rows below a heading, in aligned columns. */
export function printTable(heading: readonly string[], rows: readonly (readonly Cell[])[]) {
  const cells = rows.map(row => row.map(toText))
  const widths = heading.map((title, column) =>
    Math.max(width(title), ...cells.map(row => width(row[column]?.text ?? '')))
  )
  const line = (row: readonly { text: string; style?: Style }[]) =>
    say(
      row
        .map((cell, column) => {
          const text = cell.style ? style(cell.style, cell.text) : cell.text
          return column === row.length - 1 ? text : text + ' '.repeat(widths[column]! - width(cell.text))
        })
        .join('  ')
        .trimEnd()
    )
  line(heading.map(text => ({ text, style: 'dim' })))
  cells.forEach(line)
}

/** Prints names and values, one per line, without those that are null. */
export function printFields(fields: Record<string, Cell>) {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  const widest = Math.max(...given.map(([name]) => name.length))
  for (const [name, value] of given) {
    const { text, style: format } = toText(value)
    say(`${style('dim', name.padEnd(widest))}  ${format ? style(format, text) : text}`)
  }
}

/** Formats Unix seconds as `2026-11-24 10:00:01` (UTC). */
export const time = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')

export const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function toText(cell: Cell): { text: string; style?: Style } {
  if (typeof cell === 'object' && cell !== null) return { ...cell, text: harmless(cell.text) }
  return { text: harmless(String(cell ?? '')) }
}

// names and prompts are untrusted: control characters in them must not reach the terminal
const harmless = (text: string) => text.replaceAll(/\p{Cc}+/gu, ' ')

const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uff60]/gu

/** Columns on the screen: East Asian characters take two. */
const width = (text: string) => Array.from(text).length + (text.match(wide)?.length ?? 0)

function callOf(path: string): string {
  // npx puts its own folder on the PATH, which the user's shell does not have
  if (/[\\/]\.bin[\\/]reelay$/.test(path)) return 'npx reelay'
  return basename(path) === 'reelay' ? 'reelay' : `node ${relative(process.cwd(), path) || path}`
}
