import type { z } from 'zod'
import type {
  Callback,
  CallbackRequest,
  Cancelled,
  CharacterMade,
  Failure,
  Found,
  Polled,
  Submitted,
  TokenExchange
} from './answer.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest } from './http.ts'
import type {
  Fact,
  ImageRole,
  LookupContext,
  PriceList,
  Read,
  Refusal,
  Rework,
  Submission,
  VideoRequest
} from './request.ts'

export { failureKinds } from './answer.ts'
export type * from './answer.ts'
export type * from './http.ts'
export type * from './request.ts'

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

  /** Looks for a submit whose answer was lost. Absent: the vendor offers no way. Null: this channel does not. */
  lookup?(video: VideoRequest, channel: ChannelConfig, context: LookupContext): HttpRequest | null
  found?(answer: HttpAnswer, video: VideoRequest, channel: ChannelConfig, context: LookupContext): Found<Operation>

  /** Reads a callback from the vendor: a hint to poll now, never the result. */
  callback?(request: CallbackRequest, channel: ChannelConfig, now: number): Callback

  /** Makes a character of an uploaded video. Absent: the vendor keeps none. Which models take them: `characters` of their tables. */
  character?: {
    /** `video`: a data URL */
    make(name: string, video: string, channel: ChannelConfig): HttpRequest
    made(answer: HttpAnswer): CharacterMade
  }

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
  /** the answer to a submit may be the video itself (`film` of a `send` step) */
  filmAtSubmit?: boolean
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
  /** what it can make of another video; absent: nothing */
  reworks?: readonly Rework[]
  /** takes characters that its channel made; absent: none */
  characters?: boolean
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
