import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB } from '../../lib/image-type.ts'
import type { AskedRequest } from '../../tasks/plan.ts'
import type { Warning } from '../../vendors/vendor.ts'
import { integer, numeric, parse, refuse } from '../parse.ts'

/* The schema of a create request; every error names its field. */

const text = (most: number) => z.string().max(most)

const seconds = numeric.pipe(z.number().positive().max(3600))

const image = z.string().min(1).superRefine(checkImage)

/** The documented fields of both formats; nulls count as absent. */
const create = z.object({
  model: text(200).min(1).optional(),
  prompt: z
    .string({ error: issue => (issue.input === undefined ? 'is required' : 'must be a string') })
    .min(1, 'must not be empty')
    .max(32_000),
  image: image.optional(),
  images: z.array(image).max(30).optional(),
  input_reference: z
    .union([image, z.object({ image_url: image.optional(), file_id: z.string().optional() })], {
      error: 'must be a file, a URL or {image_url}'
    })
    .optional(),
  size: z
    .string()
    .regex(/^\d{2,5}\s*[x*×]\s*\d{2,5}$/i, 'must be WIDTHxHEIGHT, e.g. 1280x720')
    .optional(),
  width: integer(16, 16_384).optional(),
  height: integer(16, 16_384).optional(),
  duration: seconds.optional(),
  seconds: seconds.optional(),
  fps: integer(1, 240).optional(),
  n: integer(1, 10).optional(),
  seed: integer(-1, Number.MAX_SAFE_INTEGER).optional(),
  negative_prompt: text(32_000).optional(),
  response_format: z.enum(['url', 'b64_json']).optional(),
  user: text(512).optional(),
  callback_url: text(2048).optional(),
  metadata: z.record(z.string(), z.unknown()).optional()
})

const known = new Set(Object.keys(create.shape))

/**
 * Checks the body of a create request. Returns the request and warnings about fields that are ignored.
 * Throws ApiError invalid_request naming the field.
 */
export function parseCreate(body: unknown): { request: AskedRequest; warnings: Warning[] } {
  const given = withoutNulls(body)
  const { input_reference: reference, image: one, duration, seconds: asked, ...fields } = parse(create, given)
  if (duration !== undefined && asked !== undefined && duration !== asked)
    throw refuse('duration', 'differs from seconds, which is the same field; send one of them')
  if ((fields.width === undefined) !== (fields.height === undefined))
    throw refuse(fields.width === undefined ? 'width' : 'height', 'is required: send width and height together')
  const referenced = typeof reference === 'object' ? fromReference(reference) : reference
  if (one !== undefined && referenced !== undefined && one !== referenced)
    throw refuse('input_reference', 'differs from image, which is the same field; send one of them')
  return {
    request: {
      ...fields,
      image: one ?? referenced,
      seconds: duration ?? asked,
      ...(duration === undefined && asked !== undefined && { names: { duration: 'seconds' } })
    },
    warnings: Object.keys(given)
      .filter(name => !known.has(name))
      .map(field => ({ field, reason: 'unknown field, ignored; pass vendor parameters in metadata' }))
  }
}

function fromReference({
  image_url: url,
  file_id: file
}: {
  image_url?: string | undefined
  file_id?: string | undefined
}): string | undefined {
  if (file !== undefined)
    throw new ApiError('unsupported', {
      param: 'input_reference',
      message: 'input_reference: file_id is not supported; send the file itself or an image_url.'
    })
  return url
}

function withoutNulls(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) throw refuse('', 'The body is empty. Send a JSON object or a form.')
  if (typeof body !== 'object' || Array.isArray(body)) throw refuse('', 'The body must be a JSON object or a form.')
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
}

// never a regex over base64: it may be 27 MB. The prefix, the length and the characters at both ends are checked.
function checkImage(source: string, context: z.RefinementCtx) {
  const complain = (message: string, tooLarge = false) =>
    context.addIssue({ code: 'custom', message, ...(tooLarge && { params: { tooLarge } }) })
  if (/^https?:\/\//i.test(source.slice(0, 8))) {
    if (source.length > 8192 || !URL.canParse(source)) complain('must be a valid URL of at most 8192 characters')
    return
  }
  let base64 = source
  if (source.slice(0, 5).toLowerCase() === 'data:') {
    const comma = source.slice(0, 200).indexOf(',')
    if (comma === -1 || !/^data:image\/[a-z0-9.+-]+;base64$/i.test(source.slice(0, comma)))
      return complain('must be a data URL of an image in base64 (data:image/png;base64,…)')
    base64 = source.slice(comma + 1)
  }
  if (decodedLength(base64) > IMAGE_LIMIT) return complain(`must be at most ${IMAGE_LIMIT_MB} MB`, true)
  const ends = base64.slice(0, 64) + base64.slice(-64)
  if (base64.length < 8 || !/^[A-Za-z0-9+/=\r\n]+$/.test(ends)) complain('must be a URL, a data URL or base64')
}

function decodedLength(base64: string): number {
  const length = Buffer.byteLength(base64, 'base64')
  // line breaks do not count, but only matter above the limit
  if (length <= IMAGE_LIMIT || !base64.includes('\n')) return length
  return Buffer.byteLength(base64.replaceAll(/\s/g, ''), 'base64')
}
