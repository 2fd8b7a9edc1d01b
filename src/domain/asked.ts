import { createHash } from 'node:crypto'
import type { AskedFields, AskedImage } from '../db/index.ts'
import { defined } from '../lib/defined.ts'
import { imageTypeOf } from '../lib/image-type.ts'
import type { Image, VideoRequest } from '../vendors/vendor.ts'
import type { CreateRequest } from './new-task.ts'

/* What is kept of a request as long as its task: every field, but of images and other large binary values only size and hash. */

// longer than any prompt that vendors take in a field of metadata
const LONGEST_TEXT = 32_000

/** Returns what is kept of a request. `video`: the same request as vendors get it, with the role of each image. */
export function askedOf(request: CreateRequest, video: VideoRequest): AskedFields {
  const { images: _images, names: _names, metadata = {}, source, ...fields } = request
  return {
    fields: defined({
      ...fields,
      ...(source && { source: withoutBinary(source) }),
      ...(Object.keys(metadata).length > 0 && { metadata: withoutBinary(metadata) })
    }),
    images: video.images.map(describeImage)
  }
}

/** Why a request cannot be made again from what was kept: the fields whose bytes are gone; null: it can. */
export function missingFrom({ fields, images }: AskedFields): string[] | null {
  const missing = [
    ...(images.some(({ url }) => url === null) ? ['images'] : []),
    ...(hasOmitted(fields.source) ? ['video'] : []),
    ...(hasOmitted(fields.metadata) ? ['metadata'] : [])
  ]
  return missing.length ? missing : null
}

/** Returns the create request that was asked for. All its images must be links. */
export function requestOf({ fields, images }: AskedFields): CreateRequest {
  const request = fields as unknown as CreateRequest // true because `askedOf` keeps the fields of a create request
  return { ...request, images: images.flatMap(({ url, role }) => (url === null ? [] : { source: url, role })) }
}

function describeImage({ source, role }: Image): AskedImage {
  if (/^https?:\/\//i.test(source)) return { role, type: null, bytes: null, sha256: null, url: source }
  return { role, ...digest(source), url: null }
}

function digest(source: string): { type: string | null; bytes: number; sha256: string } {
  const bytes = Buffer.from(source.slice(source.slice(0, 5) === 'data:' ? source.indexOf(',') + 1 : 0), 'base64')
  return { type: imageTypeOf(bytes), bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

const isBinary = (text: string) =>
  /^data:[\w.+-]+\/[\w.+-]+;base64,/i.test(text.slice(0, 200)) || text.length > LONGEST_TEXT

function withoutBinary(value: unknown): unknown {
  if (typeof value === 'string') return isBinary(value) ? { omitted: digest(value) } : value
  if (Array.isArray(value)) return value.map(withoutBinary)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutBinary(inner)]))
}

function hasOmitted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return 'omitted' in value || Object.values(value).some(hasOmitted)
}
