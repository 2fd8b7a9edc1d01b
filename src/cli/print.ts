import { basename, relative } from 'node:path'
import { styleText } from 'node:util'

/* What people and machines read. Nothing is coloured unless it goes to a terminal: styleText looks at the stream. */

/** How this program was called, for hints that work when pasted. */
export const self = callOf(process.argv[1] ?? 'reelay')

export type Style = Parameters<typeof styleText>[0]

export interface Format {
  json?: boolean | undefined
}

/** A line on stdout: the answer. */
export const say = (text = '') => void process.stdout.write(`${text}\n`)

/** A line on stderr: what is said beside the answer. */
export const note = (text = '') => void process.stderr.write(`${text}\n`)

export const style = (format: Style, text: string, stream: NodeJS.WriteStream = process.stdout) =>
  styleText(format, text, { stream })

/** The value as JSON, or what `human` prints of it. */
export function print<Value>(value: Value, { json = false }: Format, human: (value: Value) => void) {
  if (json) say(JSON.stringify(value, null, 2))
  else human(value)
}

export type Cell = string | number | null | undefined | { text: string; style: Style }

/** Rows below a heading, in columns as wide as they need to be. */
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

/** Names and their values, one to a line; what is null is left out. */
export function printFields(fields: Record<string, Cell>) {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  const widest = Math.max(...given.map(([name]) => name.length))
  for (const [name, value] of given) {
    const { text, style: format } = toText(value)
    say(`${style('dim', name.padEnd(widest))}  ${format ? style(format, text) : text}`)
  }
}

/** `2026-11-24 10:00:01` (UTC) of unix seconds. */
export const time = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')

export const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function toText(cell: Cell): { text: string; style?: Style } {
  if (typeof cell === 'object' && cell !== null) return { ...cell, text: harmless(cell.text) }
  return { text: harmless(String(cell ?? '')) }
}

// names and prompts come from elsewhere: none of them moves the cursor or colours the screen
const harmless = (text: string) => text.replaceAll(/\p{Cc}+/gu, ' ')

const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uff60]/gu

/** Columns on a screen: Chinese and its neighbours take two. */
const width = (text: string) => Array.from(text).length + (text.match(wide)?.length ?? 0)

function callOf(path: string): string {
  return basename(path) === 'reelay' ? 'reelay' : `node ${relative(process.cwd(), path) || path}`
}
