import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FormPart, HttpBody } from '../vendors/vendor.ts'

interface Encoded {
  contentType?: string
  /** in bytes, when undici cannot tell */
  contentLength?: number
  body: Buffer | Readable | null
}

/** Encodes a body as bytes. JSON is written as `JSON.stringify` writes it, which is what vendors' signatures cover. */
export function encodeBody(body: HttpBody | undefined): Encoded {
  if (!body) return { body: null }
  if ('json' in body) return { contentType: 'application/json', body: encodeJson(body.json) }
  if ('multipart' in body) return encodeForm(body.multipart)
  const text = new URLSearchParams(body.urlencoded).toString()
  return { contentType: 'application/x-www-form-urlencoded', body: Buffer.from(text) }
}

// an image in base64, rather than a prompt
const LARGE = 64 * 1024

/** Returns the bytes of `JSON.stringify`. Images are written as they are, not into a text of 60 MB first, which takes a second text and time. */
function encodeJson(value: unknown): Buffer {
  const large: string[] = []
  const mark = randomUUID()
  const put = (_name: string, inner: unknown) =>
    typeof inner === 'string' && inner.length > LARGE && isPlain(inner) ? `${mark}${large.push(inner) - 1}.` : inner
  const text = JSON.stringify(value, put)
  if (large.length === 0) return Buffer.from(text)
  const [first = '', ...rest] = text.split(mark)
  const pieces = rest.flatMap(piece => {
    const dot = piece.indexOf('.')
    return [large[Number(piece.slice(0, dot))] ?? '', piece.slice(dot + 1)]
  })
  const all = [first, ...pieces]
  const bytes = Buffer.allocUnsafe(all.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0))
  let at = 0
  for (const piece of all) at += bytes.write(piece, at)
  return bytes
}

/** Whether JSON writes a text without escapes, in one byte for each character. */
const isPlain = (text: string) => /^[\w+/=:;,.-]*$/.test(text)

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
