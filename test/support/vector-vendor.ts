import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { parseLossless } from '../../src/lib/json.ts'
import type { FormPart, HttpBody, HttpRequest } from '../../src/vendors/vendor.ts'
import { filmOf } from './film.ts'
import { requestsOf } from './readings.ts'
import {
  channelOf,
  isFilm,
  isObject,
  sendDifferences,
  sentBody,
  usualSeconds,
  vendorOf,
  videoOf,
  type Send,
  type Step,
  type Vector
} from './vectors.ts'

/** What the gateway is told to buy with a service account. */
const TOKEN = 'test-access-token'

/** What stands at every link. */
export const file = filmOf('a small file that stands for a video', 50)

export type VectorVendor = Awaited<ReturnType<typeof startVectorVendor>>

/**
 * A vendor over real HTTP that answers as the steps of one case say, in their order, and holds what it is sent against each
 * step's `send` and against a signature of its own. Its API is one origin, and everything that the case has on other hosts
 * (results, uploads, images) is another; addresses are rewritten on the way out and back on the way in.
 */
export async function startVectorVendor(vendorId: string, vector: Vector) {
  const vendor = vendorOf(vendorId)
  const { baseUrl } = vector.channel
  const apiOrigin = new URL(baseUrl).origin
  const steps = vector.steps.filter(({ optional, do: verb }) => !optional && verb !== 'token')
  const problems: string[] = []
  let next = 0
  let downloads = 0
  let imageAnswer: Omit<Answer, 'headers'> | undefined

  const api = createServer((request, response) => void answerApi(request).then(answer => respond(response, answer)))
  const elsewhere = createServer(
    (request, response) => void answerElsewhere(request).then(answer => respond(response, answer))
  )
  const apiUrl = await listen(api)
  const elsewhereUrl = await listen(elsewhere)

  /** The case's addresses as the fake's. */
  const outward = (text: string) =>
    text.replaceAll(/(https?):\/\/([\w.:-]+)/g, (whole, scheme: string, host: string) => {
      if (whole === apiOrigin) return apiUrl
      return whole === apiUrl || whole === elsewhereUrl ? whole : `${elsewhereUrl}/${scheme}/${host}`
    })

  /** And back again. */
  const inward = (text: string) =>
    text.replaceAll(new RegExp(`${elsewhereUrl}/(https?)/([\\w.:-]+)`, 'g'), '$1://$2').replaceAll(apiUrl, apiOrigin)

  const own = channelOf(vendor, vector)
  /** the case's channel, with the fake's addresses */
  const channel = {
    options: own.options,
    baseUrl: outward(baseUrl).replace(/\/$/, ''),
    credential: Object.fromEntries(Object.entries(own.credential).map(([name, value]) => [name, outward(value)]))
  }
  const secrets = [
    ...vendor.credential.fields.flatMap(({ name, secret }) => (secret ? [channel.credential[name]] : [])),
    TOKEN
  ]

  async function answerApi(message: IncomingMessage): Promise<Answer> {
    const request = await readRequest(message, inward)
    const step = takeStep(request)
    if (!step) {
      // a result that is fetched by its id
      if (request.method === 'GET' && next >= steps.length) {
        downloads++
        problems.push(...(steps.at(-1)?.expect.video?.auth ? signatureDifferences(request, message) : leaks(request)))
        return fileAnswer
      }
      problems.push(`one request too many: ${request.method} ${request.path}`)
      return { status: 500, headers: {}, body: 'one request too many' }
    }
    problems.push(
      ...sendDifferences(request, baseUrl, stepOf(step)).map(text => `${step.do}: ${text}`),
      ...signatureDifferences(request, message).map(text => `${step.do}: ${text}`)
    )
    return answerOf(step)
  }

  /** The step that is due. One that was asked already may be asked again, when it is the last and a question. */
  function takeStep(request: HttpRequest): Step | undefined {
    const due = steps[next]
    if (due) {
      next++
      return due
    }
    const last = steps.at(-1)
    const again = last && last.do !== 'submit' && last.expect.status !== 'completed'
    return again && sendDifferences(request, baseUrl, { ...last, setup: true }).length === 0 ? last : undefined
  }

  async function answerElsewhere(message: IncomingMessage): Promise<Answer> {
    const request = await readRequest(message, inward)
    if (request.method === 'POST' && request.path.endsWith('/token'))
      return json({ access_token: TOKEN, expires_in: 3599, token_type: 'Bearer' })
    problems.push(...leaks(request))
    const due = steps[next]
    if (due && request.method !== 'GET') {
      next++
      problems.push(...sendDifferences(request, baseUrl, stepOf(due)).map(one => `${due.do}: ${one}`))
      return answerOf(due)
    }
    const image = imageAt(request.path)
    if (image && imageAnswer) return { headers: { 'content-type': 'image/png' }, ...imageAnswer }
    if (image)
      return { status: 200, headers: { 'content-type': image.mimeType }, body: Buffer.from(image.base64, 'base64') }
    downloads++
    return fileAnswer
  }

  /** Strangers and public links get no secret. */
  function leaks(request: HttpRequest): string[] {
    const text = JSON.stringify([request.path, request.headers])
    return secrets
      .filter(secret => secret !== undefined && text.includes(secret))
      .map(() => `${request.path} got a secret`)
  }

  /** An image of the case that the gateway has to fetch. */
  function imageAt(path: string) {
    const fetched = (vector.channel.options?.fetched ?? {}) as Record<string, { mimeType: string; base64: string }>
    return fetched[path]
  }

  const answerOf = ({ reply, ...step }: Step): Answer =>
    isFilm({ reply, ...step })
      ? { ...fileAnswer, headers: reply.headers ?? {} }
      : {
          status: reply.status,
          headers: {
            ...(reply.rawBody === undefined && reply.body !== undefined && { 'content-type': 'application/json' }),
            ...reply.headers
          },
          body: outward(reply.rawBody ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)))
        }

  /**
   * A case with a fixed clock holds signatures of that time; here the clock is the server's, and they are made again. A case whose request has
   * no length is sent the model's usual one.
   */
  function stepOf(step: Step): Step {
    const send = step.do === 'submit' ? { ...step.send, ...withLength(step.send) } : step.send
    if (vector.now === undefined) return { ...step, send }
    const headers = Object.entries(send.headers ?? {}).filter(([name]) => !timed.has(name))
    return { ...step, send: { ...send, headers: Object.fromEntries(headers) } }
  }

  function withLength({ body, form, mayAlsoHave }: Send): Partial<Send> {
    const seconds = usualSeconds(vector)
    if (seconds === undefined) return {}
    const video = videoOf(vector)
    const [without, withIt] = [video, { ...video, seconds }].map(one => {
      const request = requestsOf(vendor, vector, one).at(-1)
      return request && sentBody(request)
    })
    const longer = isObject(body) ? { body: changed(body, without, withIt) } : {}
    return {
      ...longer,
      ...(form && { form: changed(form, without, withIt) }),
      // what is expected may not be missing
      ...(mayAlsoHave && {
        mayAlsoHave: Object.fromEntries(Object.entries(mayAlsoHave).filter(([name]) => !(name in (longer.body ?? {}))))
      })
    }
  }

  /** Signs the request again as it arrived: every header that the adapter's signature has must be there with its value. */
  function signatureDifferences(request: HttpRequest, { headers }: IncomingMessage): string[] {
    const path = request.path.slice(apiOrigin.length + new URL(baseUrl).pathname.replace(/\/$/, '').length)
    const [bare = '', query = ''] = path.split('?')
    const signed = vendor.sign(
      { ...request, path: bare, query: Object.fromEntries(new URLSearchParams(query)), headers: {} },
      channel,
      signedAt(headers),
      vendor.token && TOKEN
    )
    return Object.entries(signed.headers ?? {})
      .filter(([name, value]) => headers[name] !== value && !ofEachRequest.has(name))
      .map(([name, value]) => `header ${name}: ${String(headers[name])} is not ${value}`)
  }

  return {
    channel,
    outward,
    /** what was wrong with what it was sent */
    problems,
    /** how often a file was fetched */
    downloads: () => downloads,
    /** answers so for every image */
    serveImages(answer: Omit<Answer, 'headers'>) {
      imageAnswer = answer
    },
    /** steps that nobody came for */
    left: () => steps.slice(next).map(step => step.do),
    async close() {
      await Promise.all([api, elsewhere].map(close))
    }
  }
}

/** What is expected, with what the length adds to a body. */
function changed(expected: Record<string, unknown>, without: unknown, withIt: unknown): Record<string, unknown> {
  if (!isObject(without) || !isObject(withIt)) return expected
  const added = Object.entries(withIt).flatMap(([name, value]): [string, unknown][] => {
    const before = without[name]
    if (isDeepStrictEqual(before, value)) return []
    const inner = expected[name]
    return [[name, isObject(value) ? changed(isObject(inner) ? inner : {}, before ?? {}, value) : value]]
  })
  return { ...expected, ...Object.fromEntries(added) }
}

// PixVerse's trace id: made of the request's own path and time
const ofEachRequest = new Set(['ai-trace-id'])

const timed = new Set(['authorization', 'x-date', 'x-tc-timestamp'])

/** When a request was signed, in milliseconds: Volcengine's date, Tencent's time, or the `nbf` of Kling's token (5 s before). */
function signedAt(headers: IncomingMessage['headers']): number {
  const stamp = String(headers['x-date'] ?? '')
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? []
  if (year) return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (headers['x-tc-timestamp']) return Number(headers['x-tc-timestamp']) * 1000
  const claims = /^Bearer [^.]+\.([^.]+)\./.exec(headers.authorization ?? '')?.[1]
  if (claims === undefined) return 0
  const { nbf = 0 } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { nbf?: number }
  return (nbf + 5) * 1000
}

interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

const json = (value: unknown): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value)
})
const fileAnswer: Answer = { status: 200, headers: { 'content-type': 'video/mp4' }, body: file }

function respond(response: ServerResponse, { status, headers, body }: Answer) {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** What arrived, as the request that an adapter describes; `path` is the whole address. */
async function readRequest(message: IncomingMessage, inward: (text: string) => string): Promise<HttpRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const type = String(message.headers['content-type'] ?? '')
  const host = `http://${message.headers.host}`
  const body = bytes.length ? await readBody(bytes, type, inward) : undefined
  return {
    // true because servers here are asked with these alone
    method: message.method as HttpRequest['method'],
    path: inward(host + (message.url ?? '')),
    headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
    ...(body && { body })
  }
}

async function readBody(bytes: Buffer, type: string, inward: (text: string) => string): Promise<HttpBody> {
  if (type.startsWith('multipart/')) {
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
    const parts = await Promise.all(
      [...form].map(async ([name, value]): Promise<FormPart> => {
        if (typeof value === 'string') return { name, value: inward(value) }
        const base64 = Buffer.from(await value.arrayBuffer()).toString('base64')
        return { name, filename: value.name, file: { mimeType: value.type, base64 } }
      })
    )
    return { multipart: parts }
  }
  const text = inward(bytes.toString())
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { urlencoded: Object.fromEntries(new URLSearchParams(text)) }
  return { json: parseLossless(text) }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // true because it listens on an address, not on a pipe
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  if (server.listening) await once(server, 'close')
}
