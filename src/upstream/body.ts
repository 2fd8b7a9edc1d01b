import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { inTurn } from '../lib/in-turn.ts'
import type { FormPart, HttpBody } from '../vendors/vendor.ts'

interface Encoded {
  contentType?: string
  /** in bytes, when undici cannot tell */
  contentLength?: number
  body: Buffer | Readable | null
}

/** Encodes a body as bytes. JSON is written as `JSON.stringify` writes it, which is what vendors' signatures cover. */
export async function encodeBody(body: HttpBody | undefined): Promise<Encoded> {
  if (!body) return { body: null }
  if ('json' in body) return { contentType: 'application/json', ...(await encodeJson(body.json)) }
  if ('multipart' in body) return encodeForm(body.multipart)
  const text = new URLSearchParams(body.urlencoded).toString()
  return { contentType: 'application/x-www-form-urlencoded', body: Buffer.from(text) }
}

// an image in base64, rather than a prompt
const LARGE = 64 * 1024
const SLICE = 256 * 1024
// characters in a turn of the event loop: some milliseconds
const LOOKED_AT = 2 * 1024 * 1024

/**
 * Returns the bytes of `JSON.stringify`. Images are not written into a text of 60 MB first: they are looked through and streamed in slices, so that
 * ten requests with them do not stop everybody else for a second.
 */
async function encodeJson(value: unknown): Promise<Pick<Encoded, 'contentLength' | 'body'>> {
  const large: string[] = []
  const mark = randomUUID()
  const put = (_name: string, inner: unknown) =>
    typeof inner === 'string' && inner.length > LARGE ? `${mark}${large.push(inner) - 1}.` : inner
  const text = JSON.stringify(value, put)
  if (large.length === 0) return { body: Buffer.from(text) }
  const [first = '', ...rest] = text.split(mark)
  const pieces: Piece[] = [Buffer.from(first)]
  for (const piece of rest) {
    const dot = piece.indexOf('.')
    const inner = large[Number(piece.slice(0, dot))] ?? ''
    pieces.push((await isPlain(inner)) ? inner : await inTurn(() => Buffer.from(JSON.stringify(inner).slice(1, -1))))
    pieces.push(Buffer.from(piece.slice(dot + 1)))
  }
  return {
    contentLength: pieces.reduce((sum, piece) => sum + piece.length, 0),
    body: Readable.from(slices(pieces), { objectMode: false })
  }
}

/** Bytes, or a text in which each character is one byte. */
type Piece = Buffer | string

function* slices(pieces: readonly Piece[]) {
  for (const piece of pieces) {
    if (typeof piece === 'string')
      for (let at = 0; at < piece.length; at += SLICE) yield Buffer.from(piece.slice(at, at + SLICE), 'latin1')
    else if (piece.length > 0) yield piece
  }
}

/** Whether a text is base64, also as a data URL: JSON writes it without escapes, in one byte for each character. */
async function isPlain(text: string): Promise<boolean> {
  const start = text.startsWith('data:') ? text.indexOf(',') + 1 : 0
  if (!/^[\w+/=:;,.-]*$/.test(text.slice(0, start))) return false
  for (let at = start; at < text.length; at += LOOKED_AT)
    if (!(await inTurn(() => isBase64(text.slice(at, at + LOOKED_AT))))) return false
  return true
}

/** Node's decoder leaves out what is not base64, and needs a fifth of the time of a regular expression. */
function isBase64(piece: string): boolean {
  // the decoder reads a character beyond ASCII as another one
  if (piece.length % 4 !== 0 || Buffer.byteLength(piece) !== piece.length) return false
  const padding = piece.endsWith('==') ? 2 : piece.endsWith('=') ? 1 : 0
  return Buffer.from(piece, 'base64').length === (piece.length / 4) * 3 - padding
}

/** RFC 7578. The pieces are streamed one by one, so that a file is in memory only once. */
function encodeForm(parts: readonly FormPart[]): Encoded {
  const boundary = `reelay-${randomUUID()}`
  const pieces = parts.flatMap(part => {
    const opening = `--${boundary}\r\ncontent-disposition: form-data; name="${quote(part.name)}"`
    if ('value' in part) return [Buffer.from(`${opening}\r\n\r\n${part.value}\r\n`)]
    const { mimeType, base64 } = part.file
    return [
      Buffer.from(`${opening}; filename="${quote(part.filename)}"\r\ncontent-type: ${oneLine(mimeType)}\r\n\r\n`),
      Buffer.from(base64, 'base64'),
      Buffer.from('\r\n')
    ]
  })
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: pieces.reduce((sum, piece) => sum + piece.length, 0),
    body: Readable.from(pieces, { objectMode: false })
  }
}

// as browsers do: https://html.spec.whatwg.org/#multipart-form-data
function quote(text: string): string {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, '')
}
