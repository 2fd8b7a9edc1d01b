import { defined } from '../../lib/defined.ts'
import { isRecord } from '../../lib/records.ts'
import type { AskedRequest } from '../../tasks/plan.ts'
import type { Warning } from '../../vendors/vendor.ts'
import { parse, refuse } from '../parse.ts'
import { add, agreed, sortFields, type Given, type Sorted } from './given.ts'
import { listIn } from './image-items.ts'
import { readImages } from './images.ts'
import { fromJsonText } from './json-text.ts'
import { liftMetadata } from './metadata.ts'
import type { Field } from './names.ts'
import { createSchema } from './schema.ts'
import { joined, readAudio, readNumber, readRatio, readResolution, readWord, withoutUnit } from './settings.ts'

/** A create request as it is understood, and what of it is ignored. */
export interface ReadRequest {
  request: AskedRequest
  warnings: Warning[]
}

/**
 * Reads the body of a create request, in either format and with the names of other APIs: names first (names.ts, unknown.ts, metadata.ts), then
 * values (absent.ts, settings.ts, images.ts), then the schema. `prompt`: what stands for one that is absent. Pure. Throws invalid_request naming the field as the client sent it.
 */
export function readCreate(body: unknown, { prompt }: { prompt?: string } = {}): ReadRequest {
  const { fields, images: imageFields, audio: sounds, warnings } = sortFields(objectOf(body))
  const metadata = liftMetadata(agreed(fields.get('metadata') ?? [], 'metadata'), fields)
  const settings = readSettings(fields)
  const picked = pick(fields)
  if (prompt !== undefined && !picked.has('prompt')) picked.set('prompt', { name: 'prompt', value: prompt })
  const names = Object.fromEntries([...picked].map(([field, { name }]) => [field, name]))
  const values = parse(createSchema, Object.fromEntries([...picked].map(([field, { value }]) => [field, value])), names)
  checkPixels(values, names)

  const audio = agreed(sounds.map(soundOf), 'audio')
  const {
    images,
    name: imageName,
    warnings: lost
  } = readImages(imageFields, metadata.images, fields.get('image_roles')?.[0]?.value)
  const all = { ...metadata.rest, ...settings.values }
  const { seconds: length = 'duration', ...others } = names
  return {
    request: {
      ...values,
      ...(images.length && { images }),
      ...(audio?.value !== undefined && { audio: audio.value === true }),
      ...(Object.keys(all).length && { metadata: all }),
      names: differing({
        ...others,
        ...settings.names,
        duration: length,
        ...defined({ audio: audio?.name }),
        ...(imageName !== null && { image: imageName, images: imageName })
      })
    },
    warnings: [...warnings, ...metadata.warnings, ...lost]
  }
}

/** Returns a body that is an object. Throws invalid_request. */
export function objectOf(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) throw refuse('', 'The body is empty. Send a JSON object or a form.')
  if (!isRecord(body)) throw refuse('', 'The body must be a JSON object or a form.')
  return body
}

type Schema = keyof typeof createSchema.shape

/** The value of each field of the schema, and the name it has in the request. */
function pick(fields: Sorted['fields']): Map<Schema, Given> {
  const picked = new Map<Schema, Given>()
  // true because Object.keys gives the schema's own keys
  for (const field of Object.keys(createSchema.shape) as Schema[]) {
    const given = agreed(
      (fields.get(field) ?? []).map(one => ({ ...one, value: tidy(field, one.value) })),
      field
    )
    if (given) picked.set(field, given)
  }
  return picked
}

function tidy(field: Field, value: unknown): unknown {
  if (field === 'seconds') return withoutUnit(value)
  if (field === 'negative_prompt') return joined(value)
  // a form has JSON, or `characters[0][id]`
  if (field === 'characters') return listIn(fromJsonText(value)) ?? value
  return field === 'callback_url' && isRecord(value) ? value.url : value
}

const readers = {
  aspect_ratio: readRatio,
  resolution: readResolution,
  mode: (value: unknown, name: string) => ({ mode: readWord(value, name) }),
  cfg_scale: (value: unknown, name: string) => ({ cfg_scale: readNumber(value, name) })
}

/** The settings that vendors read from metadata. A ratio or resolution in pixels is a size. */
function readSettings(fields: Sorted['fields']) {
  const values: Record<string, unknown> = {}
  const names: Record<string, string> = {}
  for (const [key, read] of Object.entries(readers)) {
    // true because the keys are fields
    const field = key as keyof typeof readers
    const settings: Given[] = []
    for (const { name, value } of fields.get(field) ?? []) {
      const is = read(value, name)
      if ('size' in is) add(fields, 'size', { name, value: is.size })
      else settings.push({ name, value: Object.values(is)[0] })
    }
    const given = agreed(settings, field)
    if (!given) continue
    values[field] = given.value
    names[`metadata.${field}`] = given.name
  }
  return { values, names }
}

function checkPixels(
  { size, width, height }: { size?: string | undefined; width?: number | undefined; height?: number | undefined },
  names: Record<string, string>
) {
  const [w, h] = (size ?? '').split(/[x*×]/i).map(Number)
  if ((width === undefined) !== (height === undefined))
    throw refuse(width === undefined ? 'width' : 'height', 'is required: send width and height together')
  if (size !== undefined && width !== undefined && (w !== width || h !== height))
    throw refuse(names.size ?? 'size', 'differs from width and height; send one of them')
}

const soundOf = ({ name, value, on }: Sorted['audio'][number]): Given => {
  const is = readAudio(value, name)
  return { name, value: is === undefined ? undefined : is === on }
}

/** The names that are not ours already. */
function differing(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  const others = Object.entries(names).filter(([field, name]) => field !== name)
  return others.length ? Object.fromEntries(others) : undefined
}
