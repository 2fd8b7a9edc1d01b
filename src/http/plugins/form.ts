import type { IncomingMessage } from 'node:http'
import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB } from '../../lib/image-type.ts'
import { JsonError } from '../../lib/strict-json.ts'
import { createFields, topName, type Fields } from './form-fields.ts'
import { tooLarge } from './intake.ts'

/* Reads a multipart form, part by part. */

const NAME_LIMIT = 200
// how long a client that was refused may pause
const PAUSE_MS = 2000

/** Limits of the parser. Base64 adds a third to an image. */
export const formLimits = {
  fieldSize: Math.ceil((IMAGE_LIMIT * 4) / 3) + 4096,
  fields: 1000,
  fileSize: IMAGE_LIMIT,
  files: 30,
  parts: 1000
}

/** Whether a part is a file: some clients omit the filename. JSON counts as one, too: the parser would read it without limits. */
export const isFile = (_name: string | undefined, type: string | undefined, filename: string | undefined): boolean =>
  filename !== undefined || /^(image|video|audio)\/|^application\/octet-stream$/.test(type ?? '') || isJson(type)

const isJson = (type: string | undefined) => type?.startsWith('application/json') ?? false

/**
 * Returns the fields of a form as JSON would have them; a file is `{file: 'data:…'}` (form-fields.ts). Throws request_too_large for a form beyond
 * the limit, whatever is wrong with it besides, and invalid_request naming the field.
 */
export async function readForm(request: FastifyRequest): Promise<Record<string, unknown>> {
  const { raw, headers, intake } = request
  const { bodyLimit } = request.routeOptions
  const refused = Promise.withResolvers<never>()
  refused.promise.catch(() => {})
  let received = 0
  let isRefused = false
  const isOver = () => received > bodyLimit
  // Fastify's limit applies only to bodies that it reads itself
  raw.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (isRefused) return
    const refusal = isOver() ? tooLarge(bodyLimit) : intake?.count(chunk.length)
    if (!refusal) return
    isRefused = true
    // the rest is read when this is answered
    raw.unpipe()
    refused.reject(refusal)
  })
  async function read() {
    const fields = createFields()
    for await (const part of request.parts()) await readPart(part, fields)
    return fields.all
  }
  const reading = Promise.race([read(), refused.promise])
  try {
    return await (intake ? intake.inTime(reading) : reading)
  } catch (error) {
    if (!isRefused && headers['content-length'] === undefined) await discardRest(raw, isOver)
    throw isOver() ? tooLarge(bodyLimit) : readable(error)
  }
}

type Part = MultipartFile | MultipartValue

async function readPart(part: Part, fields: Fields): Promise<void> {
  const name: string | undefined = part.fieldname
  if (!name) throw new ApiError('invalid_request', { message: 'A part of the form has no name.' })
  if (name.length >= NAME_LIMIT) throw bad(name, `Field names must be shorter than ${NAME_LIMIT} characters.`)
  if (part.type === 'file') return readFile(part, name, fields)
  if (part.valueTruncated)
    throw new ApiError('request_too_large', { param: topName(name), message: `${name}: is too long.` })
  const text = String(part.value)
  if (!text.isWellFormed() || text.includes('\uFFFD') || text.includes('\0'))
    throw bad(name, `${name}: must be valid UTF-8 text.`)
  fields.addText(name, text)
}

async function readFile(part: MultipartFile, name: string, fields: Fields): Promise<void> {
  const bytes = await part.toBuffer()
  if (part.file.truncated)
    throw new ApiError('request_too_large', {
      param: topName(name),
      message: `${name}: must be at most ${IMAGE_LIMIT_MB} MB.`
    })
  // a file input that nobody filled
  if (bytes.length === 0) return
  if (isJson(part.mimetype) && part.filename === undefined) return readJson(bytes, name, fields)
  fields.addFile(name, `data:application/octet-stream;base64,${bytes.toString('base64')}`)
}

function readJson(bytes: Buffer, name: string, fields: Fields): void {
  try {
    fields.addJson(name, bytes)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw bad(name, `${name}: ${error.message}`)
  }
}

// errors of the parser have no code
function readable(error: unknown): unknown {
  if (error instanceof Error && 'code' in error) return error
  return new ApiError('invalid_request', {
    cause: error,
    message: 'The form could not be read: it is incomplete or malformed.'
  })
}

const bad = (name: string, message: string) => new ApiError('invalid_request', { param: topName(name), message })

/** Reads on without keeping anything, to know whether the body is too large, until it ends, pauses or is. */
async function discardRest(raw: IncomingMessage, isOver: () => boolean): Promise<void> {
  if (raw.readableEnded || raw.destroyed) return
  raw.unpipe()
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, PAUSE_MS)
    raw
      .on('data', () => (isOver() ? resolve() : timer.refresh()))
      .once('end', resolve)
      .once('close', resolve)
      .resume()
  })
}
