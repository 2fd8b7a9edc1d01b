import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB, imageTypeOf } from '../../lib/image-type.ts'
import { JsonError, parseStrictJson } from '../../lib/strict-json.ts'

/* The two formats of a body, JSON and multipart. Both become a plain object. */

const MEGABYTE = 1024 * 1024
/** enough for several images in base64 */
export const BODY_LIMIT = 64 * MEGABYTE
const NAME_LIMIT = 200
// base64 adds a third
const FIELD_LIMIT = Math.ceil((IMAGE_LIMIT * 4) / 3) + 4096

export const bodyParsers = fp(
  async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()

    app.addHook('onRequest', async request => {
      const encoding = request.headers['content-encoding']
      if (encoding && encoding.toLowerCase() !== 'identity')
        throw new ApiError('unsupported_media_type', {
          message: 'Compressed bodies are not supported. Send the body uncompressed.'
        })
    })

    app.addContentTypeParser(
      /^application\/json\b/i,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => {
        const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
        if (charset && !/^utf-?8$/i.test(charset))
          throw new ApiError('unsupported_media_type', { message: 'JSON must be encoded in UTF-8.' })
        // SDKs send the content type on DELETE without a body
        if (body.length === 0) return undefined
        try {
          return parseStrictJson(body)
        } catch (error) {
          if (error instanceof JsonError) throw new ApiError('invalid_request', { message: error.message })
          throw error
        }
      }
    )

    await app.register(multipart, {
      limits: {
        fieldSize: FIELD_LIMIT,
        fields: 1000,
        fileSize: IMAGE_LIMIT,
        files: 30,
        parts: 1000
      },
      throwFileSizeLimit: false
    })
    app.addHook('preValidation', async request => {
      if (request.isMultipart()) request.body = await readMultipart(request)
    })
  },
  { name: 'body-parsers' }
)

async function readMultipart(request: FastifyRequest): Promise<Record<string, unknown>> {
  const fields = emptyObject()
  // Fastify's limit applies only to bodies that it reads itself
  let left = BODY_LIMIT
  const take = (length: number) => {
    left -= length
    if (left < 0)
      throw new ApiError('request_too_large', { message: `The body must be at most ${BODY_LIMIT / MEGABYTE} MB.` })
  }
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) take(BODY_LIMIT + 1)
  for await (const part of partsOf(request)) {
    const name = part.fieldname
    if (name.length > NAME_LIMIT)
      throw new ApiError('request_too_large', {
        param: topName(name),
        message: `Field names must be at most ${NAME_LIMIT} characters.`
      })
    if (part.type === 'file') {
      const bytes = await part.toBuffer().catch(unreadable)
      take(bytes.length)
      if (part.file.truncated)
        throw new ApiError('request_too_large', {
          param: topName(name),
          message: `${name}: must be at most ${IMAGE_LIMIT_MB} MB.`
        })
      // clients send files as application/octet-stream: only the bytes tell the type
      const type = imageTypeOf(bytes)
      if (!type)
        throw new ApiError('invalid_request', {
          param: topName(name),
          message: `${name}: must be a PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF image.`
        })
      place(fields, name, `data:${type};base64,${bytes.toString('base64')}`)
      continue
    }
    if (part.valueTruncated)
      throw new ApiError('request_too_large', { param: topName(name), message: `${name}: is too long.` })
    const value = textOf(part)
    take(value.length)
    if (!value.isWellFormed() || value.includes('\uFFFD') || value.includes('\0')) {
      throw new ApiError('invalid_request', { param: topName(name), message: `${name}: must be valid UTF-8 text.` })
    }
    place(fields, name, value)
  }
  return fields
}

// a part with the content type application/json arrives parsed; turned back into text like the others
function textOf({ fieldname, value }: { fieldname: string; value: unknown }): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value, finite)
  } catch (cause) {
    throw new ApiError('invalid_request', {
      cause,
      param: topName(fieldname),
      message: `${fieldname}: is nested too deeply, or contains a number that is too large.`
    })
  }
}

// 1e999 would silently become null
function finite(_name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('not finite')
  return value
}

// errors of the parser have no code: everything else that reading a form throws is about the form
async function* partsOf(request: FastifyRequest) {
  try {
    yield* request.parts()
  } catch (error) {
    unreadable(error)
  }
}

function unreadable(error: unknown): never {
  if (error instanceof Error && 'code' in error) throw error
  throw new ApiError('invalid_request', {
    cause: error,
    message: 'The form could not be read: it is incomplete or malformed.'
  })
}

// without a prototype: `constructor` and `toString` are ordinary names
const emptyObject = () => Object.create(null) as Record<string, unknown>

const topName = (name: string) => name.split('[')[0]!.slice(0, NAME_LIMIT)

/** Sets a field: `a[b][]` is a nested object with a list, as OpenAI's SDKs write it. Text inside `metadata` gets its JSON type back. */
function place(fields: Record<string, unknown>, name: string, value: string) {
  const [top = '', ...inner] = name.split('[').map(part => part.replace(/\]$/, ''))
  const path = [top, ...inner]
  if (path.length > 10 || path.some(key => key === '__proto__'))
    throw new ApiError('invalid_request', { param: top, message: `${name}: is not a valid field name.` })
  let target: Record<string, unknown> | unknown[] = fields
  for (const [index, key] of path.entries()) {
    const last = index === path.length - 1
    const next = path[index + 1]
    const content: unknown = last ? (top === 'metadata' ? typed(value) : value) : next === '' ? [] : emptyObject()
    if (Array.isArray(target)) {
      if (key !== '')
        throw new ApiError('invalid_request', { param: top, message: `${name}: mixes list items with named fields.` })
      target.push(content)
      target = content as Record<string, unknown>
    } else if (last) {
      if (key in target) throw new ApiError('invalid_request', { param: top, message: `${name}: was sent twice.` })
      target[key] = content
    } else {
      const existing: unknown = (target[key] ??= content)
      if (typeof existing !== 'object' || existing === null)
        throw new ApiError('invalid_request', {
          param: top,
          message: `${name}: was sent both as a value and as an object.`
        })
      target = existing as Record<string, unknown>
    }
  }
}

// forms contain only text: restores numbers, booleans, lists and objects inside metadata
function typed(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/.test(text)) return Number(text)
  if (!text.startsWith('{') && !text.startsWith('[')) return text
  try {
    return parseStrictJson(Buffer.from(text))
  } catch {
    return text
  }
}
