import { readFileSync } from 'node:fs'
import { multipart, type Part } from '../support/wire.ts'

/* What real clients put on the wire (recorded), turned back into its bytes. */

export interface Recording {
  call: string
  request: {
    method: string
    url: string
    rawHeaders: string[]
    body?: string
    multipart?: RecordedPart[]
  }
}

interface RecordedPart {
  headers: string[]
  value?: string
  bytes: number
}

export const recordings = (name: string): Recording[] =>
  JSON.parse(readFileSync(new URL(`recordings/${name}.json`, import.meta.url), 'utf8'))

/** What of a recording the test puts in: a key that exists here, and ids of its own. */
export interface Stand {
  key: string
  url(recorded: string): string
  /** for the bytes of an uploaded video, of which the recorder kept the length alone */
  film?: Buffer
}

/** The bytes of a recorded request: its header lines as they were, its parts by boundary, its chunks where it was sent in chunks. */
export function bytesOfRecording({ request }: Recording, { key, url, film }: Stand): Buffer {
  const { method, rawHeaders, body, multipart: parts } = request
  const lines = rawHeaders.map(line =>
    line.replace(/^(authorization: Bearer )sk-TEST$/i, `$1${key}`).replace(/^(api-key: )azkey$/i, `$1${key}`)
  )
  const boundary = /boundary=(\S+)/.exec(headerOf(rawHeaders, 'content-type') ?? '')?.[1]
  const payload =
    parts && boundary
      ? multipart(
          boundary,
          parts.map(part => toPart(part, film))
        )
      : Buffer.from(body ?? '')
  if (film) {
    const at = lines.findIndex(line => /^content-length: /i.test(line))
    if (at !== -1) lines[at] = `content-length: ${payload.length}`
  }
  const inChunks = headerOf(rawHeaders, 'transfer-encoding') === 'chunked'
  return Buffer.concat([
    Buffer.from(`${method} ${url(request.url)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`),
    inChunks ? chunks(payload) : payload
  ])
}

export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const line = rawHeaders.find(one => one.toLowerCase().startsWith(`${name}: `))
  return line?.slice(name.length + 2)
}

// the recorder kept no bytes of files and of text beyond ASCII, only how many there were
function toPart({ headers, value, bytes }: RecordedPart, film?: Buffer): Part {
  const name = /filename="(.*)"/.exec(headers[0] ?? '')?.[1]
  if (film && name !== undefined && headers[0]!.includes('name="video"')) return { headers, value: film }
  const unknown = name === undefined ? Buffer.from('a cät 🐈') : (name.endsWith('.mp4') ? MP4 : PNG).subarray(0, bytes)
  return { headers, value: value ?? unknown }
}

// a PNG's first 16 bytes: signature, and the length and type of its first chunk
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

// an MP4's: length, type and brand of its first box
const MP4 = Buffer.from('000000186674797069736f6d00000200', 'hex')

function chunks(payload: Buffer): Buffer {
  const size = 100
  const pieces = Array.from({ length: Math.ceil(payload.length / size) }, (_, index) => {
    const piece = payload.subarray(index * size, (index + 1) * size)
    return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
  })
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}
