import type { Rejected } from './answer.ts'
import type { Bytes, HttpAnswer, HttpRequest } from './http.ts'

/* What is asked of a vendor: the request in our units, and what an adapter makes of it. */

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
  /** the vendor's prices at other hosts */
  elsewhere?: PublishedPrices
}

export type ImageRole = 'first' | 'last' | 'reference'

export interface Image {
  /** an http(s) URL, a `data:` URL, or raw base64, as the client sent it */
  source: string
  role: ImageRole
  /** the client named no role: this one is what most models make of it */
  assumed?: true
}

/** What is made of a video: a changed one, one that goes on where it ends, one from another prompt. */
export type Rework = 'edit' | 'extend' | 'remix'

/** The video that a request is about. */
export interface SourceVideo {
  rework: Rework
  /** for the channel that made it; others never see it */
  made?: MadeVideo
  /** `http(s):` or `data:`; absent: the file is nowhere that a vendor can reach */
  url?: string
  /** absent: unknown */
  seconds?: number
  /** `1280x720`; absent: unknown */
  size?: string
}

/** A video as the vendor knows it that made it. */
export interface MadeVideo {
  channelId: string
  /** the vendor's name of the model that made it */
  model: string
  /** the vendor's id */
  id: string
  /** the vendor's link to the file, which may need the credential */
  url?: string
  /** where the file has no link: its path below the channel's base URL */
  path?: string
}

/** A character as the vendor knows it that has it: no other channel can use it. */
export interface MadeCharacter {
  channelId: string
  /** the vendor's id */
  id: string
}

/** What the client asked for, in our units. Made by `domain/request.ts`. */
export interface VideoRequest {
  /** the vendor's name for the model */
  model: string
  prompt: string
  images: readonly Image[]
  /** absent: the video is made from the prompt and the images alone */
  source?: SourceVideo
  /** people, animals or things of uploaded videos that the prompt names; absent: none */
  characters?: readonly MadeCharacter[]
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
  | {
      kind: 'send'
      request: HttpRequest
      /** a success answers with the video itself, which begins within so many milliseconds; `submitted` reads all other answers */
      film?: { withinMs: number }
    }
  /**
   * send this first (an image upload), then continue with `next`. `remembered`: a question about the model, whose answer is the same for an hour;
   * without an answer `next` gets the status 0
   */
  | { kind: 'upload'; request: HttpRequest; remembered?: true; next(answer: HttpAnswer): Step | Rejected }
  /** the vendor cannot fetch these URLs: download them first */
  | { kind: 'fetch'; urls: readonly string[]; next(files: Record<string, Bytes>): Step | Rejected }
