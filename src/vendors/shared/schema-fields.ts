import { isRecord, recordOf } from '../../lib/records.ts'
import { images } from './reasons.ts'
import type { HttpAnswer, HttpRequest, Image, Refusal, Rejected, Step, VideoRequest } from '../vendor.ts'

/* The names of a model's image fields, read from the OpenAPI schema of its input: fal and Replicate have one for each model. */

/** A name for each role; absent: the model has no such field. `references` is a list. */
export interface ImageFields {
  first?: string
  last?: string
  references?: string
}

/** Returns the image fields of the schema of an input, `{properties: {…}}`; null when there is no schema. */
export function imageFieldsIn(input: unknown): ImageFields | null {
  const properties = recordOf(recordOf(input).properties)
  const names = Object.keys(properties)
  if (names.length === 0) return null
  const pictures = names.filter(name => isPicture.test(name) && !isOther.test(name))
  const lists = pictures.filter(name => isList(properties[name]))
  const single = pictures.filter(name => !lists.includes(name) && isText(properties[name]))
  const last = single.find(name => isLast.test(name))
  const [first] = single
    .filter(name => name !== last && !isLast.test(name) && !isReference.test(name))
    .toSorted((a, b) => Number(isFirst.test(b)) - Number(isFirst.test(a)))
  const references = lists.find(name => isReference.test(name)) ?? lists[0]
  return { ...(first && { first }), ...(last && { last }), ...(references && { references }) }
}

/**
 * Returns a step that asks for a model's schema and continues with the names of its fields and the request's images in roles that it has; with
 * null when the schema cannot be read. `inputIn` finds the input's schema in an answer.
 */
export function withImageFields(
  video: VideoRequest,
  request: HttpRequest,
  inputIn: (body: unknown) => unknown,
  then: (fields: ImageFields | null, video: VideoRequest) => Step | Rejected
): Step {
  return {
    kind: 'upload',
    request,
    remembered: true,
    next({ status, body }: HttpAnswer) {
      const fields = status >= 200 && status < 300 ? imageFieldsIn(inputIn(body)) : null
      if (!fields) return then(null, video)
      const ready = video.images.map(image => inRole(image, fields))
      const missing = ready.find(({ role }) => fields[role === 'reference' ? 'references' : role] === undefined)
      if (!missing) return then(fields, { ...video, images: ready })
      const message = `${video.model} has no input field for ${images[missing.role]}`
      return { status: 'rejected', failure: { kind: 'invalid_request', message, param: 'image' } }
    }
  }
}

/** Returns a refusal that only the model's schema could tell, after the first step. */
export const refusedLate = ({ reason, param }: Refusal): Rejected => ({
  status: 'rejected',
  failure: { kind: 'invalid_request', message: reason, param }
})

/** Returns the schema of a model's input in an OpenAPI document: the first one whose name ends in `Input`. */
export function inputSchemaIn(document: unknown): unknown {
  const schemas = recordOf(recordOf(recordOf(document).components).schemas)
  return Object.entries(schemas).find(([name]) => /input$/i.test(name))?.[1]
}

// a model that takes only a list gets a first frame in it
const inRole = (image: Image, { first, references }: ImageFields): Image =>
  image.role === 'first' && first === undefined && references !== undefined ? { ...image, role: 'reference' } : image

const isPicture = /image|frame|photo|picture|img/i
const isOther = /video|audio|mask|num|count|rate|fps|per_second|size|format|strength|scale|weight|interpolat/i
const isLast = /(^|_)(last|end|tail|final)(_|$)/i
const isFirst = /(^|_)(first|start)(_|$)/i
const isReference = /reference|subject|character|style|element/i

function isList(property: unknown): boolean {
  if (!isRecord(property)) return false
  const { type, anyOf } = property
  return type === 'array' || (Array.isArray(anyOf) && anyOf.some(isList))
}

/** Whether a property can be any text: `frame_offset` and `use_image_prompt` name no picture. One without a type takes everything. */
function isText(property: unknown): boolean {
  if (!isRecord(property) || property.enum !== undefined || property.$ref !== undefined) return false
  const { type, anyOf, allOf, oneOf } = property
  if (type !== undefined) return Array.isArray(type) ? type.includes('string') : type === 'string'
  const kinds = [anyOf, allOf, oneOf].filter(Array.isArray).flat()
  return kinds.length === 0 || kinds.some(isText)
}
