import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What came back over a socket of our own: nothing between the test and the bytes. */
export interface RawAnswer {
  status: number
  /** lower-case names; repeated ones joined by a comma */
  headers: Record<string, string>
  bytes: Buffer
  text: string
  // an answer's shape is what the test is about
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  body: any
}

/** Sends bytes as they are and reads one answer; the connection is closed after it. `method` says whether a body comes back. */
export async function sendRaw(url: string, bytes: Buffer | string, method = 'GET'): Promise<RawAnswer> {
  const socket = openSocket(url)
  socket.write(bytes)
  return readAnswer(socket, method)
}

export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // a server that refuses a body closes while we still write
  socket.on('error', () => {})
  return socket
}

/** Reads one whole answer off a socket, by its length, its chunks or the end of the connection. */
export async function readAnswer(socket: Socket, method = 'GET'): Promise<RawAnswer> {
  const chunks: Buffer[] = []
  const closed = once(socket, 'close')
  const answer = await new Promise<RawAnswer | undefined>(resolve => {
    const look = (ended: boolean) => {
      const whole = parseAnswer(Buffer.concat(chunks), ended, method)
      if (whole || ended) resolve(whole)
    }
    socket.on('data', chunk => {
      chunks.push(chunk)
      look(false)
    })
    void closed.then(() => look(true))
  })
  socket.destroy()
  if (!answer) throw new Error(`no whole answer: ${Buffer.concat(chunks).toString('latin1', 0, 500)}`)
  return answer
}

/** The answer that stands in the bytes; undefined while it is not whole. */
export function parseAnswer(received: Buffer, ended: boolean, method = 'GET'): RawAnswer | undefined {
  const start = received.indexOf('HTTP/1.1 100') === 0 ? received.indexOf('\r\n\r\n') + 4 : 0
  const end = received.indexOf('\r\n\r\n', start)
  if (end === -1) return undefined
  const [first = '', ...lines] = received.toString('latin1', start, end).split('\r\n')
  const status = Number(first.split(' ')[1])
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  const rest = received.subarray(end + 4)
  const bytes = method === 'HEAD' || status === 304 || status === 204 ? Buffer.alloc(0) : bodyOf(headers, rest, ended)
  if (!bytes) return undefined
  const text = bytes.toString()
  return {
    status,
    headers,
    bytes,
    text,
    body: text !== '' && headers['content-type']?.includes('json') ? JSON.parse(text) : undefined
  }
}

function bodyOf(headers: Record<string, string>, rest: Buffer, ended: boolean): Buffer | undefined {
  if (headers['transfer-encoding'] === 'chunked') return dechunked(rest)
  const length = headers['content-length']
  if (length === undefined) return ended ? rest : undefined
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined
}

function dechunked(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    if (size === 0) return Buffer.concat(chunks)
    const start = lineEnd + 2
    if (rest.length < start + size + 2) return undefined
    chunks.push(rest.subarray(start, start + size))
    at = start + size + 2
  }
}

/** One part of a form, with the headers a client wrote. */
export interface Part {
  headers: readonly string[]
  value: Buffer | string
}

/** A form's bytes, as clients write them. */
export function multipart(boundary: string, parts: readonly Part[]): Buffer {
  return Buffer.concat([
    ...parts.flatMap(({ headers, value }) => [
      Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n')
    ]),
    Buffer.from(`--${boundary}--\r\n`)
  ])
}

/** A text field. */
export const field = (name: string, value: string | Buffer): Part => ({
  headers: [`Content-Disposition: form-data; name="${name}"`],
  value
})

/** A file field, labelled as SDKs label it. */
export const file = (name: string, value: Buffer, type = 'application/octet-stream'): Part => ({
  headers: [`Content-Disposition: form-data; name="${name}"; filename="ref.png"`, `Content-Type: ${type}`],
  value
})

/** A PNG as far as its first bytes tell, of any size. */
export function png(size = 64): Buffer {
  const bytes = Buffer.alloc(size, 7)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(bytes)
  return bytes
}

/** A whole PNG: one transparent pixel. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64'
)
