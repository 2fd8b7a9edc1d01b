import type { z } from 'zod'

/*
 * The contract of a vendor: data and pure functions. A vendor describes HTTP requests and reads answers; `upstream` sends.
 * Verb pairs: present tense builds the request (`submit`, `poll`), past participle reads the answer (`submitted`, `polled`).
 * How to add one: README.md beside this file.
 */

/** One upstream API, e.g. `kling`. `Operation` is whatever polling needs (id, path, req_key), plain JSON, never a credential. */
export interface Vendor<Operation = unknown> {
  id: string
  /** shown to people, e.g. `Kling AI` */
  name: string
  /** where the API lives unless the channel says otherwise; no trailing slash */
  baseUrl: string
  /** what a channel must hold to authenticate; see `CredentialSpec` */
  credential: CredentialSpec
  /** options a channel may carry, e.g. `endpoint_path`; unknown ones are refused */
  options: z.ZodType<Record<string, unknown>>
  /** known models by the vendor's own name; unknown ones pass through with the vendor's general rules */
  models: Record<string, ModelSpec>
  /** facts for people and for the worker */
  facts: VendorFacts
  /** what it publishes, for estimates before an operator has typed a price; absent: nobody has told us */
  prices?: PriceList

  /** Adds authentication. `token` is what `token` (below) bought, for vendors that exchange their credential for one. */
  sign(request: HttpRequest, channel: ChannelConfig, now: number, token?: string): HttpRequest
  /** Buys a short-lived access token (Vertex); absent when the credential signs by itself. */
  token?: TokenExchange

  /** Checks a request and says what would be sent, or refuses it before anyone is called. Cheap, and the same for the same request. */
  submit(video: VideoRequest, channel: ChannelConfig): Submission
  submitted(answer: HttpAnswer, video: VideoRequest, channel: ChannelConfig): Submitted<Operation>

  poll(operation: Operation, channel: ChannelConfig): HttpRequest
  polled(answer: HttpAnswer, operation: Operation, channel: ChannelConfig): Polled<Operation>

  /** Absent: the vendor cannot cancel. Null: it cannot cancel this one. */
  cancel?(operation: Operation, channel: ChannelConfig): HttpRequest | null
  cancelled?(answer: HttpAnswer, operation: Operation): Cancelled

  /** Finds a submit whose answer was lost. Absent: it cannot be found. */
  lookup?(video: VideoRequest, channel: ChannelConfig, context: LookupContext): HttpRequest
  found?(answer: HttpAnswer, video: VideoRequest, channel: ChannelConfig, context: LookupContext): Found<Operation>

  /** Reads a call from the vendor. A hint to poll now, never the truth. */
  callback?(request: CallbackRequest, channel: ChannelConfig, now: number): Callback

  /** A free request that proves the credential; absent: the vendor has none. Any answer but auth or permission counts as good. */
  probe?(channel: ChannelConfig): HttpRequest
  /** Reads a refused probe; default: 401 and 403 are bad. */
  probed?(answer: HttpAnswer): Failure | null
}

/** The parts of a channel that a vendor may see. `credential` only reaches `sign`, `token` and `callback`. */
export interface ChannelConfig {
  baseUrl: string
  credential: Record<string, string>
  options: Record<string, unknown>
}

export interface CredentialSpec {
  /** in the order a form asks for them */
  fields: readonly { name: string; label: string; secret: boolean; optional?: boolean }[]
  /** Splits the one-string form (`AK|SK`, an API key, a JSON file) into the fields; null when it cannot be one. */
  parse(text: string): Record<string, string> | null
}

export interface VendorFacts {
  /** which vendor documents these facts come from */
  source: string
  /** seconds a result link lives; null when unknown or unlimited */
  linkSeconds: number | null
  /** a fresh poll of a finished task gives a fresh link */
  linkRenews: boolean
  /** the result needs the channel's credential to be downloaded */
  downloadNeedsAuth: boolean
  progress: boolean
  /** a poll may carry the whole video in base64 */
  inlineResults?: boolean
  /** `queued`: only while the vendor has not started */
  cancel: 'any' | 'queued' | 'none'
  /** `reference`: by our own id, exact; `list`: by likeness; `none` */
  lookup: 'reference' | 'list' | 'none'
  /** how callbacks are authenticated; `none`: the vendor does not call */
  callback: 'signed' | 'unsigned' | 'none'
  /** statuses at submit that surely mean "not accepted" although in general they would be doubtful */
  sureRejections?: readonly number[]
  /** origins beside the channel's own that may receive its credential (Google's storage) */
  credentialOrigins?: readonly string[]
  /** milliseconds between polls, when the vendor documents a minimum */
  pollEveryMs?: number
}

/** What is known of one model. Data, not branches: validation, estimates and `GET /v1/videos/models` read the same table. */
export interface ModelSpec {
  /** legal durations: a list of seconds, or a range of whole seconds */
  seconds?: readonly number[] | { min: number; max: number }
  /** what the vendor makes when no duration is given */
  defaultSeconds?: number
  ratios?: readonly string[]
  resolutions?: readonly string[]
  /** image roles it accepts; absent: unknown; empty: text only */
  images?: readonly ImageRole[]
  /** at most this many references */
  maxReferences?: number
  /** true: can make sound; false: silent */
  audio?: boolean
  /** characters */
  promptLimit?: number
  /** videos one submit may ask for; absent: one */
  maxVideos?: number
  /** no longer served by the vendor itself */
  retired?: { since: string; replacement: string }
}

/** What a price may depend on: a setting's value as it is sent. */
export type Fact = string | number | boolean

/** By name: `seconds`, `resolution`, `audio`, `mode`, `video` (one to start from), `voice`, and a vendor's own settings. */
export type Facts = Readonly<Record<string, Fact>>

export interface Price {
  unit: 'second' | 'video'
  /** decimal */
  amount: string
  currency: string
  /** holds only where all of these do */
  when?: Record<string, Fact>
}

/** Published prices by the vendor's name for the model. Surcharges for options that no one here asks by name are not in it. */
export type PriceList = Readonly<Record<string, PublishedPrices>>

export interface PublishedPrices {
  /** which document says so, and when it was read */
  source: string
  date: string
  /** only for channels at these hosts (or below them): the vendor charges otherwise elsewhere; absent: everywhere */
  hosts?: readonly string[]
  prices: readonly Price[]
}

/** An HTTP request as data. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** joined to the channel's base URL; an absolute URL gets no credential unless its origin is the channel's or in `credentialOrigins` */
  path: string
  query?: Record<string, string | readonly string[]>
  /** lower-case names */
  headers?: Record<string, string>
  body?: HttpBody
}

export type HttpBody = { json: unknown } | { multipart: readonly FormPart[] } | { urlencoded: Record<string, string> }

export type FormPart = { name: string; value: string } | { name: string; file: Bytes; filename: string }

/** A small file as data: base64 without a prefix. */
export interface Bytes {
  mimeType: string
  base64: string
}

export interface HttpAnswer {
  status: number
  /** lower-case names */
  headers: Record<string, string>
  /** parsed when it is JSON (integers beyond 2^53 become strings), the text otherwise, `''` when empty */
  body: unknown
}

export type ImageRole = 'first' | 'last' | 'reference'

export interface Image {
  /** an http(s) URL, a `data:` URL, or raw base64, as the client sent it */
  source: string
  role: ImageRole
}

/** What a client asked for, in our units. Made by `tasks/request.ts`. */
export interface VideoRequest {
  /** the vendor's name for the model */
  model: string
  prompt: string
  images: readonly Image[]
  seconds?: number
  /** what the client wrote, `WxH`, also when it came as width and height */
  size?: string
  width?: number
  height?: number
  fps?: number
  seed?: number
  n?: number
  negativePrompt?: string
  user?: string
  /** what is left of the client's metadata after the fields above were taken out of it */
  metadata: Record<string, unknown>
}

export interface SubmitContext {
  /** our id for this attempt: goes where the vendor keeps a client's id */
  reference: string
  /** ours, with a token in it; null when the gateway has no public address */
  callbackUrl: string | null
}

export interface LookupContext {
  reference: string
  /** milliseconds; when the lost submit was sent */
  sentAt: number
}

export interface Warning {
  field: string
  reason: string
}

export type Submission = Refusal | Draft

export interface Refusal {
  kind: 'refuse'
  param: string
  reason: string
}

/** What a request becomes, whichever attempt sends it. */
export interface Draft extends Priced {
  kind: 'draft'
  warnings: readonly Warning[]
  /** the variant that the client's metadata picked, when not `video.model` */
  model?: string
  /** The first request of an attempt; asked once for each. Only here is a body built. */
  first(context: SubmitContext): Step
}

export interface Priced {
  billing: Billing
  /** settings that are sent though nobody here knows what they do to the price: they may raise it, never lower it */
  unstated: Facts
}

/** What decides the price, as it will be sent: the vendor's own defaults are in it. What is absent, nobody knows. */
export interface Billing extends Facts {
  /** of each video */
  seconds?: number
  videos: number
  /** with images to start from, and with references among them */
  image: boolean
  references: boolean
}

/** A request on the way to the job. `upload` and `fetch` cost nothing. */
export type Step =
  | { kind: 'send'; request: HttpRequest }
  /** send this first (an image upload), then go on with what `next` says */
  | { kind: 'upload'; request: HttpRequest; next(answer: HttpAnswer): Step | Rejected }
  /** the vendor cannot fetch these URLs: download them first */
  | { kind: 'fetch'; urls: readonly string[]; next(files: Record<string, Bytes>): Step | Rejected }

export type Submitted<Operation> = Accepted<Operation> | Rejected

export interface Accepted<Operation> {
  status: 'accepted'
  operation: Operation
  /** the vendor's id, always a string */
  upstreamId: string
  /** already running, not only queued */
  running?: boolean
  progress?: number
  cost?: Cost
}

export interface Rejected {
  status: 'rejected'
  failure: Failure
  /** the vendor may have accepted all the same: never send again */
  outcomeUnknown?: boolean
}

export type Polled<Operation = unknown> =
  | { status: 'queued' | 'running'; progress?: number; /** replaces the stored one */ operation?: Operation }
  | Succeeded
  | { status: 'failed'; failure: Failure; cost?: Cost }
  /** one more request gets the result */
  | { status: 'follow'; request: HttpRequest; read(answer: HttpAnswer): Polled<Operation> }
  /** nothing learned: keep the last state and ask again */
  | { status: 'unchanged'; failure?: Failure }

export interface Succeeded {
  status: 'succeeded'
  /** at least one; videos in the vendor's order */
  videos: readonly [ProducedFile, ...ProducedFile[]]
  cost?: Cost
  /** what the vendor says of the result; absent = unknown */
  seed?: number
}

/** A produced file, and where it is. */
export interface ProducedFile {
  at:
    | { url: string; /** needs the channel's credential */ auth?: boolean }
    | { fetch: HttpRequest }
    | { data: Bytes }
    | /** a name in our own store, where `data` was put down; no vendor says it */ { stored: string }
  coverUrl?: string
  /** how long the link lives */
  expiresInSeconds?: number
  /** unix seconds */
  expiresAt?: number
  seconds?: number
  width?: number
  height?: number
  fps?: number
}

/** What the vendor says it charged. Units that are not money are `<vendor>-credits`, `-units` or `-tokens`. */
export interface Cost {
  amount: number
  currency: string
}

export type Cancelled = { status: 'cancelled' } | { status: 'unchanged'; failure?: Failure }

export type Found<Operation> =
  | { status: 'found'; accepted: Accepted<Operation>; /** what the answer says of it */ polled?: Polled<Operation> }
  /** surely not there */
  | { status: 'absent' }
  /** cannot be told from this answer */
  | { status: 'unclear' }

export interface CallbackRequest {
  method: string
  path: string
  /** raw query without `?` */
  query: string
  headers: Record<string, string>
  rawBody: string
}

export type Callback =
  | {
      status: 'accepted'
      upstreamId: string | null
      polled?: Polled
      /** JSON that the vendor wants back */ reply?: unknown
    }
  | { status: 'refused'; reason: string }

export const failureKinds = [
  'auth',
  'permission',
  'misconfigured',
  'invalid_request',
  'content_policy',
  'rate_limit',
  'concurrency_limit',
  'insufficient_balance',
  'not_found',
  'expired',
  'cancelled',
  'server',
  'unknown'
] as const

export type FailureKind = (typeof failureKinds)[number]

/** A vendor's no, as data. What each kind means is decided once, in `tasks/policy.ts`. */
export interface Failure {
  kind: FailureKind
  message: string
  /** the vendor's own code */
  code?: string
  /** the request field it complains about */
  param?: string
  retryAfterSeconds?: number
  /** the vendor charges although it failed */
  billed?: boolean
}

export interface TokenExchange {
  request(channel: ChannelConfig, now: number): HttpRequest
  /** `expiresAt` in milliseconds */
  read(answer: HttpAnswer, now: number): { token: string; expiresAt: number } | Failure
}

/** Keeps the operation's type inside the adapter; everyone else stores it as opaque JSON. */
export function defineVendor<Operation>(vendor: Vendor<Operation>): Vendor {
  // true because an operation only ever comes back to the vendor that made it (tasks keep the channel that submitted)
  return vendor as Vendor
}
