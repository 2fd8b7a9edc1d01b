import type { Field } from './names.ts'

/* Typed clients and forms send every field: what they left open arrives as null, an empty text or zero. */

const neverZero: ReadonlySet<string> = new Set<Field>(['seconds', 'width', 'height', 'fps', 'n'])

/** Whether a value counts as not sent. `field`: what it is the value of; zero is absent where zero is impossible. */
export function isAbsent(value: unknown, field?: Field): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === 'string') return isBlank(value) || (isShort(value) && zero(field).test(value))
  if (typeof value === 'number') return value === 0 && neverZero.has(field ?? '')
  return Array.isArray(value) && value.every(item => isAbsent(item))
}

const isBlank = (text: string) => isShort(text) && text.trim() === ''

const isShort = (text: string) => text.length < 100

function zero(field: Field | undefined): RegExp {
  if (field === 'size') return /^\s*0+\s*[x*×]\s*0+\s*$/i
  return neverZero.has(field ?? '') ? /^\s*0+(\.0+)?\s*$/ : /(?!)/
}
