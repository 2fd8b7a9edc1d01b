import type { z } from 'zod'

/*
 * The contract of a vendor: data and pure functions. A vendor describes HTTP requests and reads the answers; `upstream` sends them.
 * Verbs come in pairs: the present tense builds a request (`submit`, `poll`), the past participle reads its answer (`submitted`, `polled`).
 * How to add a vendor: README.md beside this file.
 */

/** One upstream API, e.g. `kling`. `Operation` is what a poll needs (id, path, req_key): plain JSON, never a credential. */
export interface Vendor<Operation = unknown> {
  id: string
  /** shown to people, e.g. `Kling AI` */
  name: string
  /** the API's address unless the channel has another; no trailing slash */
  baseUrl: string
  /** where it serves whom, with accounts of their own; absent: one address for all, or each customer's own */
  regions?: readonly Region[]
  /** the page on which customers make their keys; absent: unknown */
  keysUrl?: string
  /** the API's documentation; absent: unknown */
  docsUrl?: string
  /** what a channel authenticates with */
  credential: CredentialSpec
  /** options of a channel, e.g. `endpoint_path`; unknown ones are refused */
  options: z.ZodType<Record<string, unknown>>
  /** known models by the vendor's name; others are sent under the vendor's general rules */
  models: Record<string, ModelSpec>
  facts: VendorFacts
  /** published prices, used until the operator sets one; absent: unknown */
  prices?: PriceList

  /** Adds authentication. `token`: the access token, for vendors with a `token` exchange. */
  sign(request: HttpRequest, channel: ChannelConfig, now: number, token?: string): HttpRequest
  /** Exchanges the credential for a short-lived access token (Vertex); absent: the credential signs requests itself. */
  token?: TokenExchange

  /** Reads what a prompt says of other fields, before anything else looks at the request. Absent: its words are only words. */
  readPrompt?(video: VideoRequest): Read | Refusal
  /** Checks a request and describes what would be sent, or refuses it before any call. Cheap and deterministic. */
  submit(video: VideoRequest, channel: ChannelConfig): Submission
  submitted(answer: HttpAnswer, video: VideoRequest, channel: ChannelConfig): Submitted<Operation>
  /** How the sound of a request is set. `defineVendor` (define.ts) lets `submit` read `audio` as the vendor's word in metadata. */
  sound(video: VideoRequest, channel: ChannelConfig): Sound
  /** What a request is checked against: its model's table, with the limits of the route that it takes. Absent: `models[video.model]`. */
  limits?(video: VideoRequest, channel: ChannelConfig): ModelSpec

  poll(operation: Operation, channel: ChannelConfig): HttpRequest
  polled(answer: HttpAnswer, operation: Operation, channel: ChannelConfig): Polled<Operation>

  /** Absent: the vendor has no cancel. Null: this task cannot be cancelled. */
  cancel?(operation: Operation, channel: ChannelConfig): HttpRequest | null
  cancelled?(answer: HttpAnswer, operation: Operation): Cancelled

  /** Looks for a submit whose answer was lost. Absent: the vendor offers no way. */
  lookup?(video: VideoRequest, channel: ChannelConfig, context: LookupContext): HttpRequest
  found?(answer: HttpAnswer, video: VideoRequest, channel: ChannelConfig, context: LookupContext): Found<Operation>

  /** Reads a callback from the vendor: a hint to poll now, never the result. */
  callback?(request: CallbackRequest, channel: ChannelConfig, now: number): Callback

  /** A free request that proves the credential; absent: the vendor has none. Any answer but 401 and 403 counts as good. */
  probe?(channel: ChannelConfig): HttpRequest
  /** Reads the answer to a probe, for vendors where another status means a bad credential. */
  probed?(answer: HttpAnswer): Failure | null
}

/** An address of a vendor's API, for customers in China or elsewhere. */
export interface Region {
  id: 'cn' | 'global'
  baseUrl: string
  /** shown to people, e.g. `China (Beijing)` */
  label: string
  /** where its keys are made, when not at the vendor's `keysUrl` */
  keysUrl?: string
}

/** What a vendor sees of a channel. `credential` reaches only `sign`, `token` and `callback`. */
export interface ChannelConfig {
  baseUrl: string
  credential: Record<string, string>
  options: Record<string, unknown>
}

export interface CredentialSpec {
  /** in the order a form asks for them */
  fields: readonly { name: string; label: string; secret: boolean; optional?: boolean }[]
  /** Splits the form of one string (`AK|SK`, an API key, a JSON file) into the fields; null when it does not fit. */
  parse(text: string): Record<string, string> | null
}

export interface VendorFacts {
  /** the vendor's documents that state these facts */
  source: string
  /** when models and facts were last compared with them: `YYYY-MM`, or a day */
  checked: string
  /** what the vendor offers and `models` lacks, as far as is known; such models are sent under general rules */
  missing?: string
  /** seconds a result link lives; null when unknown or unlimited */
  linkSeconds: number | null
  /** polling a finished task again returns a fresh link */
  linkRenews: boolean
  /** the download needs the channel's credential */
  downloadNeedsAuth: boolean
  progress: boolean
  /** a poll's answer may contain the whole video in base64 */
  inlineResults?: boolean
  /** `queued`: only until the vendor has started */
  cancel: 'any' | 'queued' | 'none'
  /** `reference`: by our own id, exact; `list`: by similarity, in the vendor's list */
  lookup: 'reference' | 'list' | 'none'
  /** how callbacks are authenticated; `none`: the vendor sends none */
  callback: 'signed' | 'unsigned' | 'none'
  /** origins besides the channel's own that may receive its credential (Google's storage) */
  credentialOrigins?: readonly string[]
  /** milliseconds between polls, when the vendor documents a minimum */
  pollEveryMs?: number
}

/** What is known of one model: validation, estimates and `GET /v1/videos/models` read the same table. */
export interface ModelSpec {
  /** supported durations: a list of seconds, or a range of whole seconds */
  seconds?: readonly number[] | { min: number; max: number }
  /** the duration when none is given */
  defaultSeconds?: number
  /** -1 seconds: the model chooses a length itself */
  choosesSeconds?: true
  ratios?: readonly string[]
  resolutions?: readonly string[]
  /** accepted image roles; absent: unknown; empty: text only */
  images?: readonly ImageRole[]
  /** what images without a role are, where that is not a first and a last frame */
  plainImages?: 'reference'
  /** how many reference images at most */
  maxReferences?: number
  /** true: can have sound; false: silent */
  audio?: boolean
  /** what the request's `mode` may be; absent: the vendor has no such setting, or the model no choice */
  modes?: readonly string[]
  /** characters */
  promptLimit?: number
  /** how many videos one submit may ask for; absent: one */
  maxVideos?: number
  /** no longer served by the vendor itself */
  retired?: { since: string; replacement: string }
}

/** A vendor's setting for sound: its name in metadata, and its two values. */
export interface SoundWord {
  field: string
  on: Fact
  off: Fact
}

/** How a model's sound is set. Without `model` and `word` nothing is known of it. */
export interface Sound {
  /** cannot be set: the video is always silent, or always has sound */
  model?: 'silent' | 'sounding'
  word?: SoundWord
  /** fields of any name may be passed to the model, also other words for sound */
  open?: true
}

/** The value of a setting, as it is sent, that a price may depend on. */
export type Fact = string | number | boolean

/** By name: `seconds`, `resolution`, `audio`, `mode`, `video` (a source video is given), `voice`, and a vendor's own settings. */
export type Facts = Readonly<Record<string, Fact>>

export interface Price {
  unit: 'second' | 'video'
  /** decimal */
  amount: string
  currency: string
  /** applies only when all of these match */
  when?: Record<string, Fact>
}

/** Published prices by the vendor's name for the model, without surcharges for options that the gateway never sets. */
export type PriceList = Readonly<Record<string, PublishedPrices>>

export interface PublishedPrices {
  /** the document, and when it was read */
  source: string
  date: string
  /** only for channels at these hosts or their subdomains: elsewhere the vendor charges other prices; absent: everywhere */
  hosts?: readonly string[]
  prices: readonly Price[]
}

/** An HTTP request as data. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** below the channel's base URL; an absolute URL gets the credential only at the channel's origin or one of `credentialOrigins` */
  path: string
  query?: Record<string, string | readonly string[]>
  /** lower-case names */
  headers?: Record<string, string>
  body?: HttpBody
}

export type HttpBody = { json: unknown } | { multipart: readonly FormPart[] } | { urlencoded: Record<string, string> }

export type FormPart = { name: string; value: string } | { name: string; file: Bytes; filename: string }

/** A small file in base64, without a prefix. */
export interface Bytes {
  mimeType: string
  base64: string
}

export interface HttpAnswer {
  status: number
  /** lower-case names */
  headers: Record<string, string>
  /** parsed JSON (integers beyond 2^53 become strings), else the text; `''` when empty */
  body: unknown
}

export type ImageRole = 'first' | 'last' | 'reference'

export interface Image {
  /** an http(s) URL, a `data:` URL, or raw base64, as the client sent it */
  source: string
  role: ImageRole
  /** the client named no role: this one is what most models make of it */
  assumed?: true
}

/** What the client asked for, in our units. Made by `domain/request.ts`. */
export interface VideoRequest {
  /** the vendor's name for the model */
  model: string
  prompt: string
  images: readonly Image[]
  /** -1: as long as the model likes, where it can choose */
  seconds?: number
  /** `WxH`, also when the client sent width and height */
  size?: string
  width?: number
  height?: number
  fps?: number
  seed?: number
  n?: number
  negativePrompt?: string
  /** with sound (true) or silent (false); absent: the client did not say */
  audio?: boolean
  user?: string
  /** the client's metadata without the fields above */
  metadata: Record<string, unknown>
}

export interface SubmitContext {
  /** our id of this attempt, sent where the vendor stores a client's id */
  reference: string
  /** contains a token; null when the gateway has no public address */
  callbackUrl: string | null
}

export interface LookupContext {
  reference: string
  /** when the lost submit was sent, in milliseconds */
  sentAt: number
}

export interface Warning {
  field: string
  reason: string
}

export type Submission = Refusal | Draft

/** A request with what its prompt said of other fields. */
export interface Read {
  video: VideoRequest
  warnings: Warning[]
}

export interface Refusal {
  kind: 'refuse'
  param: string
  reason: string
}

/** What a request becomes, for any attempt. */
export interface Draft extends Priced {
  kind: 'draft'
  warnings: readonly Warning[]
  /** the model that the client's metadata selected, when not `video.model` */
  model?: string
  /** `WIDTHxHEIGHT`, where the vendor is told the size in pixels or documents one */
  size?: string
  /** Returns the first request of an attempt. Called once for each; only here a body is built. */
  first(context: SubmitContext): Step
}

export interface Priced {
  billing: Billing
  /** settings that are sent although their effect on the price is unknown: they may raise it, never lower it */
  unstated: Facts
}

/** What decides the price, as it will be sent, with the vendor's defaults. What is absent is unknown. */
export interface Billing extends Facts {
  /** of each video */
  seconds?: number
  videos: number
  /** input images are given, and reference images among them */
  image: boolean
  references: boolean
}

/** A step on the way to the task. `upload` and `fetch` cost nothing. */
export type Step =
  | { kind: 'send'; request: HttpRequest }
  /**
   * send this first (an image upload), then continue with `next`. `remembered`: a question about the model, whose answer is the same for an hour;
   * without an answer `next` gets the status 0
   */
  | { kind: 'upload'; request: HttpRequest; remembered?: true; next(answer: HttpAnswer): Step | Rejected }
  /** the vendor cannot fetch these URLs: download them first */
  | { kind: 'fetch'; urls: readonly string[]; next(files: Record<string, Bytes>): Step | Rejected }

export type Submitted<Operation> = Accepted<Operation> | Rejected

export interface Accepted<Operation> {
  status: 'accepted'
  operation: Operation
  /** the vendor's id, always a string */
  upstreamId: string
  /** already running, not just queued */
  running?: boolean
  progress?: number
  cost?: Cost
}

export interface Rejected {
  status: 'rejected'
  failure: Failure
  /** the vendor may have accepted it nevertheless: never send it again */
  outcomeUnknown?: boolean
  /** its own words say that there is no task, whatever the HTTP status and the kind */
  sure?: boolean
}

export type Polled<Operation = unknown> =
  | { status: 'queued' | 'running'; progress?: number; /** replaces the stored one */ operation?: Operation }
  | Succeeded
  | { status: 'failed'; failure: Failure; cost?: Cost }
  /** one more request returns the result */
  | { status: 'follow'; request: HttpRequest; read(answer: HttpAnswer): Polled<Operation> }
  /** unreadable, or not about the task: keep the last state and poll again */
  | { status: 'unchanged'; failure?: Failure }

export interface Succeeded {
  status: 'succeeded'
  /** at least one, in the vendor's order */
  videos: readonly [ProducedFile, ...ProducedFile[]]
  cost?: Cost
  /** as the vendor reports it; absent: unknown */
  seed?: number
}

/** A produced file, and where it is. */
export interface ProducedFile {
  at:
    | { url: string; /** needs the channel's credential */ auth?: boolean }
    | { fetch: HttpRequest }
    | { data: Bytes }
    | /** a name in our own store, where `data` was stored inline; never from a vendor */ { stored: string }
  coverUrl?: string
  /** an image of the last frame, where the client asked for one */
  lastFrameUrl?: string
  /** how long the link lives */
  expiresInSeconds?: number
  /** unix seconds */
  expiresAt?: number
  seconds?: number
  width?: number
  height?: number
  fps?: number
  /** read from the file; then `seconds`, `width`, `height` and `fps` are read from it too. Never from a vendor */
  contentType?: string
}

/** What the vendor reports as charged. Units that are not money are `<vendor>-credits`, `-units` or `-tokens`. */
export interface Cost {
  amount: number
  currency: string
}

/** `requested`: the vendor will try; only a poll tells whether it did. */
export type Cancelled = { status: 'cancelled'; requested?: boolean } | { status: 'unchanged'; failure?: Failure }

export type Found<Operation> =
  | {
      status: 'found'
      accepted: Accepted<Operation>
      /** the task's state, when the answer has it */ polled?: Polled<Operation>
    }
  /** surely not there */
  | { status: 'absent' }
  /** this answer does not tell */
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
      /** JSON that the vendor expects in the answer */ reply?: unknown
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

/** A vendor's refusal or a task's failure, as data. What each kind means is decided in `domain/policy.ts`. */
export interface Failure {
  kind: FailureKind
  message: string
  /** the vendor's own code */
  code?: string
  /** the request field at fault */
  param?: string
  retryAfterSeconds?: number
  /** it is about this model alone: the account can use others */
  modelOnly?: boolean
  /** the vendor charges despite the failure */
  billed?: boolean
}

export interface TokenExchange {
  /** whether the credential signs requests without a token */
  skip?(channel: ChannelConfig): boolean
  request(channel: ChannelConfig, now: number): HttpRequest
  /** `expiresAt` in milliseconds */
  read(answer: HttpAnswer, now: number): { token: string; expiresAt: number } | Failure
}
