import { isRecord } from '../../lib/records.ts'
import { newTokenBudget } from '../../lib/strict-json.ts'
import type { ImageRole, Warning } from '../../vendors/vendor.ts'
import { refuse } from '../parse.ts'
import { isAbsent } from './absent.ts'
import { add, isEqual, type Given, type Sorted } from './given.ts'
import type { ImageField } from './images.ts'
import { fromJsonText } from './json-text.ts'
import type { Field } from './names.ts'

/*
 * Metadata is for the vendor, but the documents' examples put some of our own fields into it. These count as the fields that they are; the same
 * field on top of the request wins.
 */

const fields = new Map<string, Field>([
  ['model', 'model'],
  ['prompt', 'prompt'],
  ['negative_prompt', 'negative_prompt'],
  ['duration', 'seconds'],
  ['seconds', 'seconds'],
  ['size', 'size'],
  ['width', 'width'],
  ['height', 'height'],
  ['fps', 'fps'],
  ['n', 'n'],
  ['seed', 'seed'],
  ['user', 'user'],
  ['callback_url', 'callback_url'],
  ['aspect_ratio', 'aspect_ratio'],
  ['resolution', 'resolution'],
  ['mode', 'mode'],
  ['cfg_scale', 'cfg_scale'],
  ['image_roles', 'image_roles']
])

const images = new Map<string, ImageRole | null>([
  ['image', null],
  ['images', null],
  ['input_reference', null],
  ['image_urls', null],
  ['image_tail', 'last']
])

const pixels: ReadonlySet<Field> = new Set<Field>(['size', 'width', 'height'])

export interface Lifted {
  /** what is left for the vendor */
  rest: Record<string, unknown>
  images: ImageField[]
  warnings: Warning[]
}

/** Takes our own fields out of the metadata, and adds those to `top` that it does not have. Throws invalid_request naming metadata. */
export function liftMetadata(given: Given | undefined, top: Sorted['fields']): Lifted {
  const lifted: Lifted = { rest: {}, images: [], warnings: [] }
  const onTop = new Set(top.keys())
  const hasPixels = [...pixels].some(field => onTop.has(field))
  for (const [key, value] of Object.entries(given ? objectOf(given) : {})) {
    const field = fields.get(key)
    const role = images.get(key)
    const name = `metadata.${key}`
    if (role === undefined && (!field || isVendors(field, value))) lifted.rest[key] = value
    else if (isAbsent(value, field)) continue
    else if (role !== undefined) lifted.images.push({ name, value, role })
    else if (!field) continue
    else if (onTop.has(field) || (hasPixels && pixels.has(field))) {
      const equal = top.get(field)?.some(one => isEqual(one.value, value))
      if (!equal)
        lifted.warnings.push({ field: name, reason: 'ignored: the request has this field itself, which counts' })
    } else add(top, field, { name, value })
  }
  return lifted
}

// words that vendors have for sizes, and objects with their own meaning
function isVendors(field: Field, value: unknown): boolean {
  if (field === 'size') return typeof value !== 'string' || !/^\s*\d+\s*[x*×]\s*\d+\s*$/i.test(value.slice(0, 40))
  return field === 'user' && typeof value !== 'string'
}

function objectOf({ name, value }: Given): Record<string, unknown> {
  const metadata = fromJsonText(value, newTokenBudget())
  if (!isRecord(metadata)) throw refuse(name, 'must be an object')
  return metadata
}
