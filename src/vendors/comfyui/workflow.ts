import { isRecord } from '../../lib/records.ts'

/* A workflow in ComfyUI's API format, with what the request decides in braces: "{{prompt}}", "{{seed|42}}", "{{width|1280}}". */

export type Values = Readonly<Record<string, string | number | undefined>>

/** Returns the names that a workflow asks for, each with its first default. */
export function placesIn(workflow: unknown): Map<string, string | number | undefined> {
  const text = JSON.stringify(workflow) ?? ''
  const found = Array.from(text.matchAll(placeholder), ([, name = '', usual]) => ({ name, usual }))
  // reversed: of several the first one stays
  const bare = found.toReversed().map(({ name }) => [name, undefined] as const)
  const usual = found
    .toReversed()
    .flatMap(one => (one.usual === undefined ? [] : [[one.name, defaultOf(one.usual)] as const]))
  return new Map([...bare, ...usual])
}

/**
 * Returns the workflow with the values in it. A text that is nothing but a placeholder becomes the value itself, a number stays one; inside a
 * longer text it becomes text. A name without a value gets its default.
 */
export function filled(workflow: unknown, values: Values): unknown {
  if (typeof workflow === 'string') return filledText(workflow, values)
  if (Array.isArray(workflow)) return workflow.map(one => filled(one, values))
  if (!isRecord(workflow)) return workflow
  return Object.fromEntries(Object.entries(workflow).map(([name, value]) => [name, filled(value, values)]))
}

const placeholder = /\{\{(\w{1,40})(?:\|([^{}]{0,200}))?\}\}/g
const whole = /^\{\{(\w{1,40})(?:\|([^{}]{0,200}))?\}\}$/

function filledText(text: string, values: Values): string | number {
  const [matched, name = '', usual] = whole.exec(text) ?? []
  if (matched !== undefined) return values[name] ?? defaultOf(usual)
  return text.replaceAll(placeholder, (_, one: string, other?: string) => String(values[one] ?? other ?? ''))
}

const defaultOf = (text = ''): string | number => (/^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : text)
