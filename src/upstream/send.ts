import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { Agent, type Dispatcher } from 'undici'
import type { HttpAnswer, HttpRequest } from '../vendors/vendor.ts'
import type { Guard } from './guard.ts'
import { readBody, readHeaders } from './answer.ts'
import { passedOn, refuseCoding, type Opened } from './download.ts'
import { openAnswer } from './open-answer.ts'
import { credentialsIn, toOutgoing, type Destination, type Outgoing } from './outgoing.ts'
import { createRedactor, type Redactor } from './redact.ts'
import { roundTrip, type ReadLimits, type WholeAnswer } from './round-trip.ts'
import { UpstreamError } from './upstream-error.ts'

/** Where a signed request goes, and how long an answer may be. */
export interface Where extends Destination {
  signal?: AbortSignal
  /** longest answer in bytes; 1 MiB by default (Vertex answers with the whole video) */
  maxBytes?: number
}

/** Who takes a file that is the answer itself. */
export interface Receiver {
  /** the answer must have begun by then, in milliseconds */
  withinMs: number
  /** reads or destroys the file's body; what it throws is thrown */
  receive(file: Opened & { ok: true }): Promise<void>
}

export interface Send {
  /** Sends a request that may cost money: on a new connection, with up to a minute for the answer's headers. */
  submit(request: HttpRequest, where: Where): Promise<HttpAnswer>
  /**
   * The same, for a vendor whose success is a file: `receive` gets it while it arrives, and the answer is returned without it. Any other answer
   * is returned as it is.
   */
  submitForFile(request: HttpRequest, where: Where, receiver: Receiver): Promise<HttpAnswer>
  /** Sends a request that may be repeated: on kept connections, with 15 seconds for the answer's headers. */
  ask(request: HttpRequest, where: Where): Promise<HttpAnswer>
  /** Closes every connection at once. */
  close(): Promise<void>
}

/** Milliseconds; tests shorten them. */
export interface SendTimes {
  connectMs: number
  submitMs: number
  askMs: number
  bodyMs: number
  /** for the whole of an answer's body, after its headers were due */
  wholeBodyMs: number
}

const defaultTimes: SendTimes = {
  connectMs: 5000,
  submitMs: 60_000,
  askMs: 15_000,
  bodyMs: 30_000,
  wholeBodyMs: 30_000
}
const MIB = 1024 * 1024
// a long answer on a slow line: 1 MiB a second
const LONG_BODY_MS_PER_MIB = 1000

/** The only place that sends requests to vendors. Throws UpstreamError when there is no answer; any HTTP status is an answer. */
export function createSend({ guard, times }: { guard: Guard; times?: Partial<SendTimes> }): Send {
  const { connectMs, submitMs, askMs, bodyMs, wholeBodyMs } = { ...defaultTimes, ...times }
  const connect = guard.connector(connectMs)
  // no reuse: on a kept connection a reset cannot be told from a submit that arrived
  const submits = new Agent({ connect, pipelining: 0 })
  const asks = new Agent({
    connect,
    pipelining: 1,
    connections: 256,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000
  })

  async function permitted(request: HttpRequest, where: Where): Promise<Outgoing> {
    const outgoing = await toOutgoing(request, where)
    const reason = guard.check(outgoing.url.href, LONGEST_URL)
    if (reason) {
      const message = `${request.method} ${outgoing.url.origin}${outgoing.url.pathname} was not sent: it ${reason}`
      throw new UpstreamError(message, { sent: false, problem: 'address_refused' })
    }
    return outgoing
  }

  async function exchange(dispatcher: Dispatcher, headersMs: number, request: HttpRequest, where: Where) {
    const { signal, maxBytes = MIB } = where
    const outgoing = await permitted(request, where)
    const totalMs = headersMs + Math.max(wholeBodyMs, (maxBytes / MIB) * LONG_BODY_MS_PER_MIB)
    const limits: ReadLimits = { headersMs, bodyMs, totalMs, maxBytes }
    const answer = await roundTrip(dispatcher, outgoing, limits, signal)
    return await readAnswer(answer, maxBytes, redactorFor(outgoing, where))
  }

  async function submitForFile(request: HttpRequest, where: Where, { withinMs, receive }: Receiver) {
    const outgoing = await permitted({ ...request, headers: { accept: '*/*', ...request.headers } }, where)
    const redactor = redactorFor(outgoing, where)
    const { status, headers, body } = await openAnswer(submits, outgoing, { headersMs: withinMs, bodyMs })
    if (!isFile(status, headers))
      return await readAnswer({ status, headers, bytes: await readWhole(body) }, MIB, redactor)
    refuseCoding(headers, body)
    await receive({ ok: true, status, headers: passedOn(headers), body })
    return { status, headers: readHeaders(headers, redactor), body: 'The answer was the file itself.' }
  }

  return {
    submit: (request, where) => exchange(submits, submitMs, request, where),
    submitForFile,
    ask: (request, where) => exchange(asks, askMs, request, where),
    async close() {
      await Promise.all([submits.destroy(), asks.destroy()])
    }
  }
}

// operation names and signed queries are long; far below what servers accept
const LONGEST_URL = 16_384

const nothing = { secret: [], named: [] }

const redactorFor = (outgoing: Outgoing, where: Where) =>
  createRedactor(where.secrets ?? nothing, credentialsIn(outgoing, where))

/** Whether an answer is a file, by its head: a success that is declared neither as JSON nor as text. */
const isFile = (status: number, { 'content-type': type = '' }: Record<string, string>) =>
  status >= 200 && status < 300 && !/json|^\s*text\//i.test(type)

async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // true because undici's bodies consist of Buffers
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MIB)
      throw new UpstreamError(`the answer is longer than ${MIB} bytes`, { sent: true, problem: 'too_large' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function readAnswer(
  { status, headers, bytes }: WholeAnswer,
  maxBytes: number,
  redactor: Redactor
): Promise<HttpAnswer> {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  const plain = await decode(bytes, coding, maxBytes, status)
  return { status, headers: readHeaders(headers, redactor), body: readBody(plain, redactor) }
}

// no request asks for compression, but some vendors compress all the same
const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress)
}

async function decode(bytes: Buffer, coding: string, maxBytes: number, status: number): Promise<Buffer> {
  if (coding === 'identity' || coding === '' || bytes.length === 0) return bytes
  // true because the value is only used when it is one of the table's own keys
  const decoder = Object.hasOwn(decoders, coding) ? decoders[coding as keyof typeof decoders] : undefined
  try {
    if (!decoder) throw new Error(`unknown content-encoding ${coding}`)
    return await decoder(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const message = tooLarge
      ? `the answer is longer than ${maxBytes} bytes`
      : `the answer cannot be read: ${String(cause)}`
    throw new UpstreamError(message, { sent: true, problem: tooLarge ? 'too_large' : 'broken', status, cause })
  }
}
