import type { ChannelConfig, Bytes, HttpAnswer, HttpRequest } from './http.ts'

/* What a vendor says, in our words. */

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

/** The answer to an uploaded character. `upstreamId`: the vendor's id, which a create names. */
export type CharacterMade = Pick<Accepted<unknown>, 'status' | 'upstreamId'> | Rejected

export type Polled<Operation = unknown> =
  | { status: 'queued' | 'running'; progress?: number; /** replaces the stored one */ operation?: Operation }
  | Succeeded
  | { status: 'failed'; failure: Failure; cost?: Cost }
  /** one more request returns the result */
  | { status: 'follow'; request: HttpRequest; read(answer: HttpAnswer): Polled<Operation> }
  /** unreadable, or not about the task: keep the last state and poll again */
  | { status: 'unchanged'; failure?: Failure; /** replaces the stored one */ operation?: Operation }

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
  /** an image of its beginning */
  coverUrl?: string
  /** a WebP image of its frames: a spritesheet */
  sheetUrl?: string
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
  /** The first step to a token; throws when the credential is not usable. */
  first(channel: ChannelConfig, now: number): TokenStep
}

/** A step on the way to an access token: a free request, or a file of this machine that holds an identity. */
export type TokenStep =
  | { kind: 'ask'; request: HttpRequest; read(answer: HttpAnswer, now: number): Bought }
  | { kind: 'file'; /** absolute */ path: string; read(text: string): Bought }

/** What a step leads to: the next one, or the end. */
export type Bought = TokenStep | Token | Failure

export interface Token {
  token: string
  /** milliseconds */
  expiresAt: number
}
