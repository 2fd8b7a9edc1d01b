import type { Warning } from '../../vendors/vendor.ts'
import { refuse } from '../parse.ts'
import { isAbsent } from './absent.ts'
import { isUpload } from './image-items.ts'
import type { ImageField } from './images.ts'
import { bare, meaningOf, type Field } from './names.ts'
import { whyNotIgnored } from './unknown.ts'

/** A value, and the name that the client sent it under. */
export interface Given {
  name: string
  value: unknown
}

/** A body's fields by what their names mean; absent ones are left out. */
export interface Sorted {
  fields: Map<Field, Given[]>
  images: ImageField[]
  /** those that switch sound on, and those that switch it off */
  audio: (Given & { on: boolean })[]
  warnings: Warning[]
}

/** Sorts a body's fields. Throws invalid_request naming one that is unknown and cannot be ignored. */
export function sortFields(body: Record<string, unknown>): Sorted {
  const sorted: Sorted = { fields: new Map(), images: [], audio: [], warnings: [] }
  for (const [name, value] of Object.entries(body)) {
    const meaning = isResolution(name, value) ? { field: 'resolution' as const } : meaningOf(name)
    const field = meaning && 'field' in meaning ? meaning.field : undefined
    if (isAbsent(value, field) && !(field === 'prompt' && typeof value === 'string')) continue
    if (!meaning) sorted.warnings.push(unknown(name, value))
    else if ('image' in meaning) sorted.images.push({ name, value, role: meaning.image })
    else if (isUpload(value)) throw refuse(name, 'takes no file')
    else if ('audio' in meaning) sorted.audio.push({ name, value, on: meaning.audio })
    else add(sorted.fields, meaning.field, { name, value })
  }
  return sorted
}

/** Adds what was given for a field. */
export function add(fields: Sorted['fields'], field: Field, given: Given) {
  fields.set(field, [...(fields.get(field) ?? []), given])
}

/** Returns the one value of a field that was given under several names. Throws invalid_request when they differ. */
export function agreed(givens: readonly Given[], field: string): Given | undefined {
  const [first, ...others] = givens
  const other = first && others.find(({ value }) => !isEqual(value, first.value))
  if (!first || !other) return givens.find(({ name }) => name === field) ?? first
  const [alias, name] = other.name === field ? [first.name, other.name] : [other.name, first.name]
  throw refuse(alias, `differs from ${name}, which is the same field; send one of them`)
}

/** Whether two values of a field mean the same: 5, '5' and '5.0' do. */
export const isEqual = (a: unknown, b: unknown) =>
  a === b || String(a).trim() === String(b).trim() || (isScalar(a) && isScalar(b) && Number(a) === Number(b))

const isScalar = (value: unknown) => typeof value === 'number' || typeof value === 'string'

// PixVerse's name for it; other APIs mean something else by it
const isResolution = (name: string, value: unknown) =>
  bare(name) === 'quality' && /^\s*(\d{3,4}p?|[248]k)\s*$/i.test(String(value).slice(0, 20))

function unknown(name: string, value: unknown): Warning {
  const reason = whyNotIgnored(name, value)
  if (reason !== null) throw refuse(name, reason)
  return { field: name, reason: notes.get(bare(name)) ?? 'unknown field, ignored; pass vendor parameters in metadata' }
}

const notes = new Map([
  ['callbacksecret', "ignored; events to callback_url are signed with a secret derived from this key's own"],
  ['webhooksecret', "ignored; events to callback_url are signed with a secret derived from this key's own"],
  ['webhookeventsfilter', 'ignored; every event is sent']
])
