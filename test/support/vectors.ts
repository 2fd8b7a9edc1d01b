import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { joinUrl } from '../../src/lib/join-url.ts'
import { parseLossless } from '../../src/lib/json.ts'
import { toVideoRequest, type UnifiedRequest } from '../../src/domain/request.ts'
import { describe, type Description } from '../../src/tasks/describe.ts'
import { fitted } from '../../src/tasks/fitting.ts'
import { policyOf } from '../../src/tasks/plan.ts'
import { vendors } from '../../src/vendors/index.ts'
import type {
  Bytes,
  ChannelConfig,
  Failure,
  HttpAnswer,
  HttpRequest,
  ImageRole,
  SourceVideo,
  Vendor,
  VideoRequest,
  Warning
} from '../../src/vendors/vendor.ts'

import { channelRow } from './rows.ts'

/* The vectors of test/vectors/README.md: loading them, and comparing what an adapter says with what they expect. */

export interface Send {
  method: string
  path: unknown
  query?: Record<string, unknown>
  headers?: Record<string, unknown>
  body?: unknown
  form?: Record<string, unknown>
  rawBody?: unknown
  mayAlsoHave?: Record<string, unknown>
  mustNotHave?: string[]
}

export interface Expected {
  status: string
  upstreamId: unknown
  progress: number | null
  video: Record<string, unknown> | null
  failure: {
    kind: string
    code?: unknown
    param?: string
    retry?: string
    billed?: boolean
    outcomeUnknown?: boolean
  } | null
  cost?: { amount: number; currency: string }
}

export interface Step {
  do: 'submit' | 'poll' | 'fetch' | 'upload' | 'cancel' | 'lookup' | 'token' | 'callback'
  setup?: boolean
  optional?: boolean
  send: Send
  reply: { status: number; headers?: Record<string, string>; body?: unknown; rawBody?: string }
  expect: Expected
}

export interface Vector {
  vendorId: string
  name: string
  why: string
  channel: { baseUrl: string; credential: string; options?: Record<string, unknown> }
  now?: string
  request: (Record<string, unknown> & { model: string; prompt: string }) | null
  /** the video that it is made from, as the vendor's own channel sees it */
  source?: SourceVideo
  steps: Step[]
  warnings: { field: string; reason: string }[]
  /** what decides the price; null: it is not stated */
  billing?: Record<string, string | number | boolean | null>
  reject?: { param: unknown; reason: string }
  signature?: { input: Record<string, unknown>; expected: Record<string, unknown> }
}

const folder = new URL('../vectors/', import.meta.url)
const notVendors = new Set(['size-mapping.json', 'vector.schema.json'])

/** Every vendor file: its name and its cases. */
export function loadVectors(): { vendorId: string; cases: Vector[] }[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.json') && !notVendors.has(file))
    .map(file => ({
      vendorId: file.replace(/\.json$/, ''),
      cases: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Omit<Vector, 'vendorId'>[]
    }))
    .map(({ vendorId, cases }) => ({ vendorId, cases: cases.map(one => ({ ...one, vendorId })) }))
}

export function vendorOf(id: string): Vendor {
  const vendor = vendors[id]
  if (!vendor) throw new Error(`test/vectors/${id}.json has no vendor`)
  return vendor
}

const testPrivateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

export function channelOf(vendor: Vendor, { channel }: Vector): ChannelConfig {
  const { modelMap: _, fetched: __, ...options } = channel.options ?? {}
  const credential = vendor.credential.parse(withPrivateKey(channel.credential))
  if (!credential) throw new Error(`credential not understood: ${channel.credential}`)
  return {
    baseUrl: channel.baseUrl,
    credential,
    options: vendor.options.parse(
      Object.fromEntries(Object.entries(options).map(([key, value]) => [snake(key), value]))
    )
  }
}

/** A service account in a vector comes without its key: README "Vendor notes". */
function withPrivateKey(credential: string): string {
  if (!credential.startsWith('{')) return credential
  return JSON.stringify({ ...(JSON.parse(credential) as object), private_key: testPrivateKey })
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** The case's request as a vendor gets it: with `durationPolicy` at the length that the gateway chooses. */
export function videoOf(vector: Vector): VideoRequest {
  const video = askedOf(vector)
  return fittedTo(vector, video)?.video ?? video
}

function askedOf({ request, channel, source }: Vector): VideoRequest {
  if (!request) throw new Error('this case has no request')
  const map = (channel.options?.modelMap ?? {}) as Record<string, string>
  return toVideoRequest(unifiedOf(request), map[request.model] ?? request.model, source)
}

/** The documented fields that we call otherwise. */
interface Documented {
  model: string
  prompt: string
  image?: string
  images?: string[]
  duration?: number | string
  seconds?: number | string
  metadata?: Record<string, unknown> & {
    seed?: number
    duration?: number | string
    negative_prompt?: string
    image_urls?: string[]
    image_roles?: ImageRole[]
    image_tail?: string
  }
}

/** A documented request in our words, by the conventions of test/vectors/README.md; nothing is checked, unlike over HTTP. */
export function unifiedOf(request: Documented & Record<string, unknown>): UnifiedRequest {
  const { image, images = [], duration, seconds, metadata = {}, ...rest } = request
  const { seed, duration: length, negative_prompt, image_tail, image_urls = [], image_roles = [], ...own } = metadata
  const given = image === undefined || images.includes(image) ? images : [image, ...images]
  const sources = [...given, ...new Set(image_urls.filter(url => !given.includes(url)))]
  const wish = duration ?? seconds ?? length
  return {
    ...(seed !== undefined && { seed }),
    ...(negative_prompt !== undefined && { negative_prompt }),
    ...rest,
    ...(wish !== undefined && { seconds: Number(wish) }),
    images: [
      ...sources.map((source, index) => ({ source, role: image_roles[index] })),
      ...(image_tail === undefined ? [] : [{ source: image_tail, role: 'last' as const }])
    ],
    metadata: own
  }
}

/** What the gateway says of the length that it chose for the case. */
export function aboutLength(vector: Vector): Warning[] {
  const submission = fittedTo(vector, askedOf(vector))?.submission
  return submission?.kind === 'draft' ? submission.warnings.filter(({ field }) => field === 'duration') : []
}

function fittedTo(vector: Vector, video: VideoRequest): Description | undefined {
  if (vector.channel.options?.durationPolicy === undefined) return undefined
  return fitted([describedAs(vector, video)], policyOf)?.[0]
}

/** The length that the gateway chooses for a case whose request has none. */
export function usualSeconds(vector: Vector): number | undefined {
  const video = askedOf(vector)
  return video.seconds === undefined ? describedAs(vector, video).seconds : undefined
}

function describedAs(vector: Vector, video: VideoRequest): Description {
  const vendor = vendorOf(vector.vendorId)
  const config = channelOf(vendor, vector)
  const models = { a: video.model, b: String(video.metadata.req_key) }
  const channel = channelRow({ vendor: vendor.id, options: config.options, models })
  return describe({ channel, vendor, upstreamModel: video.model }, config, video)
}

export function filesOf({ channel }: Vector): Record<string, Bytes> {
  return (channel.options?.fetched ?? {}) as Record<string, Bytes>
}

export function answerOf({ reply }: Step): HttpAnswer {
  const text = reply.rawBody ?? (reply.body === undefined ? '' : JSON.stringify(reply.body))
  const headers = Object.fromEntries(
    Object.entries(reply.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  )
  return { status: reply.status, headers, body: parseLossless(text) }
}

/** Whether the answer of a step is the video itself, whose bytes no case has. */
export const isFilm = ({ expect: { video } }: Step): boolean => video?.film === true

/** Differences between a request and the step's `send`; empty when it matches. */
export function sendDifferences(request: HttpRequest, baseUrl: string, { send, setup, do: verb }: Step): string[] {
  const url = new URL(/^https?:/.test(request.path) ? request.path : joinUrl(baseUrl, request.path))
  for (const [key, value] of Object.entries(request.query ?? {}))
    for (const one of [value].flat()) url.searchParams.append(key, one)
  const problems: string[] = []
  const expect = (what: string, actual: unknown, expected: unknown) => {
    if (!matches(actual, expected))
      problems.push(`${what}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`)
  }
  const base = new URL(baseUrl)
  expect('method', request.method, send.method)
  expect(
    'address',
    url.origin + url.pathname,
    typeof send.path === 'string' ? base.origin + base.pathname.replace(/\/$/, '') + send.path : send.path
  )
  if (setup) {
    for (const [key, value] of Object.entries(send.query ?? {}))
      expect(`query ${key}`, url.searchParams.get(key), value)
    return problems
  }
  if (verb !== 'lookup') expect('query', Object.fromEntries(url.searchParams), send.query ?? {})
  for (const [name, value] of Object.entries(send.headers ?? {})) {
    const actual = name === 'content-type' ? contentType(request) : request.headers?.[name]
    expect(`header ${name}`, actual, value)
  }
  const body = sentBody(request)
  for (const path of send.mustNotHave ?? [])
    if (dig(body, path) !== undefined) problems.push(`body must not have ${path}`)
  const wanted = send.body ?? send.form
  if (wanted !== undefined) expect('body', withoutAllowed(body, send.mayAlsoHave ?? {}), wanted)
  if (send.rawBody !== undefined) expect('raw body', JSON.stringify(body), send.rawBody)
  return problems
}

function contentType({ body, headers }: HttpRequest): string | undefined {
  if (!body) return headers?.['content-type']?.split(';')[0]
  if ('json' in body) return 'application/json'
  return 'multipart' in body ? 'multipart/form-data' : 'application/x-www-form-urlencoded'
}

/** A request's body as an object; forms by the names of their parts. */
export function sentBody({ body }: HttpRequest): unknown {
  if (!body) return undefined
  if ('json' in body) return JSON.parse(JSON.stringify(body.json))
  if ('urlencoded' in body) return body.urlencoded
  return Object.fromEntries(
    body.multipart.map(part => [
      part.name,
      'value' in part ? part.value : { $file: { contentType: part.file.mimeType, base64: part.file.base64 } }
    ])
  )
}

function dig(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value)
}

function withoutAllowed(body: unknown, allowed: Record<string, unknown>): unknown {
  const copy = structuredClone(body)
  for (const [path, value] of Object.entries(allowed)) {
    const keys = path.split('.')
    const last = keys.pop()!
    const parent = keys.length ? dig(copy, keys.join('.')) : copy
    if (!isObject(parent) || !(last in parent) || !matches(parent[last], value)) continue
    delete parent[last]
    if (keys.length && Object.keys(parent).length === 0)
      delete ((dig(copy, keys.slice(0, -1).join('.')) as Record<string, unknown>) ?? (copy as Record<string, unknown>))[
        keys.at(-1)!
      ]
  }
  return copy
}

/** Deep equality, with `{"$pattern"}` anywhere on the expected side. */
export function matches(actual: unknown, expected: unknown): boolean {
  if (isObject(expected) && typeof expected.$pattern === 'string') {
    return (
      actual !== undefined &&
      actual !== null &&
      new RegExp(expected.$pattern, 'u').test(typeof actual === 'object' ? JSON.stringify(actual) : String(actual))
    )
  }
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((value, index) => matches(actual[index], value))
    )
  }
  if (!isObject(expected)) return Object.is(actual, expected)
  if (!isObject(actual)) return false
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)])
  return [...keys].every(key => key in actual === key in expected && matches(actual[key], expected[key]))
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What an adapter said, in the vectors' words. */
export interface Said {
  status: string
  upstreamId?: string
  progress?: number
  video?: Record<string, unknown> | null
  failure?: Failure
  outcomeUnknown?: boolean
  cost?: { amount: number; currency: string }
}

/** Differences between what an adapter said and a step's `expect`; empty when it matches. */
export function expectDifferences(said: Said, expected: Expected, baseUrl: string): string[] {
  const problems: string[] = []
  const expect = (what: string, fine: boolean) => {
    if (!fine) problems.push(`${what}: said ${JSON.stringify(said)}, expected ${JSON.stringify(expected)}`)
  }
  expect('status', statusFits(said, expected))
  if (expected.upstreamId !== null && said.upstreamId !== undefined)
    expect(
      'upstreamId',
      said.upstreamId === expected.upstreamId || said.upstreamId.includes(String(expected.upstreamId))
    )
  // the contract has no progress for a failed task
  if (expected.progress !== null && said.status !== 'failed') expect('progress', said.progress === expected.progress)
  if (expected.video === null) expect('no video', !said.video)
  else if (said.status === 'completed' && said.video !== undefined)
    expect('video', videoFits(said.video, expected.video, baseUrl))
  if (expected.failure) {
    const { kind, code, param, retry, billed, outcomeUnknown } = expected.failure
    expect('failure kind', said.failure?.kind === kind)
    if (code !== null && code !== undefined) expect('failure code', matches(said.failure?.code, code))
    if (param) expect('failure param', said.failure?.param?.split('.').at(-1) === param.split('.').at(-1))
    if (billed) expect('billed', said.failure?.billed === true)
    if (outcomeUnknown) expect('outcome unknown', said.outcomeUnknown === true)
    expect('advice', retry === undefined || retry === 'never' || said.failure !== undefined)
  } else
    expect(
      'no failure',
      said.failure === undefined || said.failure.kind === 'cancelled' || expected.status === 'unchanged'
    )
  if (expected.cost && said.cost)
    expect(
      'cost',
      said.cost.currency === expected.cost.currency && Math.abs(said.cost.amount - expected.cost.amount) < 1e-9
    )
  return problems
}

function statusFits({ status, failure }: Said, { status: expected }: Expected): boolean {
  if (status === expected) return true
  if (status === 'unchanged' || status === 'running') return expected === 'queued' || expected === 'in_progress'
  return expected === 'cancelled' && status === 'failed' && failure?.kind === 'cancelled'
}

// `{url}` or `{fetch}` or `{base64,data}`; a url under baseUrl with auth equals the fetch form
function videoFits(said: Record<string, unknown> | null, expected: Record<string, unknown>, baseUrl: string): boolean {
  if (!said) return false
  const place = (video: Record<string, unknown>): unknown => {
    if (video.base64) return { data: video.data, mimeType: video.mimeType }
    const fetch = video.fetch as { method: string; path: string; query?: Record<string, string> } | undefined
    if (!fetch) return { url: video.url, auth: video.auth === true }
    const query = new URLSearchParams(fetch.query).toString()
    return { url: baseUrl + fetch.path + (query && `?${query}`), auth: video.auth === true }
  }
  if (!matches(place(said), place(expected))) return false
  return ['coverUrl', 'expiresInSeconds', 'expiresAt', 'seconds', 'width', 'height'].every(
    fact => expected[fact] === undefined || said[fact] === undefined || said[fact] === expected[fact]
  )
}
