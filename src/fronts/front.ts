import type { ModelSpec, Price, Rework, Warning } from '../vendors/vendor.ts'

/*
 * The contract of a front: one wire that programs speak to us. Data and pure functions: a front reads requests of its wire into ours and writes
 * our videos, lists and errors as its answers; `http/fronts` mounts what it describes. How to add one: README.md beside this file.
 */

export interface Front {
  /** its folder, e.g. `openrouter` */
  id: string
  /** shown to people, e.g. `OpenRouter` */
  name: string
  /** the base URL that programs are given, without the address of the server */
  base: string
  /** the paths whose every answer, errors included, has the shape of this wire */
  owns: RegExp
  /** how its programs send the key, for the tables of the documentation */
  auth: string
  /** Returns the key where it is in no header that all routes read (`Authorization`, `api-key`, `x-api-key`). Absent: it is in one of them. */
  key?(request: WireRequest): string | undefined
  routes: readonly FrontRoute[]
  /** absent: it has none, or refuses them (`limits`) */
  callback?: FrontCallback
  /** Writes a refusal of any kind: ours, the framework's, an unknown path. */
  error(refusal: Refusal): Written
  /** our own vendors that speak this wire: the second witness, in test/fronts/twins.test.ts */
  twins?: readonly Twin[]
  /** the clients that tests drive, with their versions in package.json */
  clients: readonly string[]
  /** what the wire cannot say, or says and we refuse; one sentence each */
  limits: readonly string[]
}

/** How a wire calls its clients back. */
export interface FrontCallback {
  /** what has the address in a create, `?name` of its query; `read` makes it `callback_url` */
  field: string
  /** what it tells of: that the vendor has begun, that the video has ended */
  tells: readonly Told[]
  /** the name of a value that is posted before each callback, and must be echoed within 3 seconds; absent: none is */
  challenge?: string
  /** Returns the body. Of the request only `origin` and `requestId` are known. */
  write(video: FrontVideo, request: WireRequest): unknown
  /** Returns the headers of the wire's own signature; those of Standard Webhooks come with every callback. */
  sign?(signing: Signing): Readonly<Record<string, string>>
}

export type Told = 'started' | 'ended'

export interface Signing {
  body: string
  /** the secret of the key's callbacks, `whsec_…` */
  secret: string
  /** unix seconds */
  time: number
  /** the same at each repetition */
  id: string
}

/** A vendor of ours that can have this front as its upstream. */
export interface Twin {
  vendor: string
  /** the path of the channel's base URL; absent: `base` of the front */
  base?: string
  /** a model of the vendor; absent: the first of its table */
  model?: string
  /** a length that the model makes; absent: 5 */
  seconds?: number
  /** false: the vendor cannot cancel tasks of this model */
  cancels?: false
  /** of the channel; `KEY` stands for the key. Absent: the key */
  credential?: string
  /** of the channel */
  options?: Readonly<Record<string, unknown>>
}

/** A request as it was sent. */
export interface WireRequest {
  /** of the path, decoded */
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, unknown>>
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** parsed JSON, or a form as an object; undefined: none */
  body: unknown
  /** ours, as in the log */
  requestId: string
  /** the address of the server as the client knows it, without a slash at its end */
  origin: string
}

/** An answer. `body` undefined: none; a text is sent as it is, anything else as JSON. */
export interface Written {
  status: number
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

interface Described {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** e.g. `/v1/tasks/{id}` */
  path: string
  summary: string
  /** whether it answers this request, where several routes share method and path */
  when?(request: WireRequest): boolean
  /** a body that it takes, for the reference */
  body?: Readonly<Record<string, unknown>>
  /** an answer that it may give, for the reference */
  example?: unknown
}

/** What a route does. The ids that `id` returns are ours (shared/ids.ts). */
export type FrontRoute = Described &
  (
    | {
        does: 'create'
        read(request: WireRequest): Asked
        write(video: FrontVideo, request: WireRequest): Written
        /** how many seconds the answer waits for the end; absent or null: none */
        waits?(request: WireRequest): number | null
        /** the answer is a stream of server-sent events that ends with the video: the data of its one event */
        streams?(video: FrontVideo, request: WireRequest): unknown
      }
    | {
        does: 'get'
        id(request: WireRequest): string
        write(video: FrontVideo, request: WireRequest): Written
        /** `base64` of its files is there once it has ended */
        inline?: true
      }
    | {
        /** `discard` cancels a video that is being made, and deletes one that has ended */
        does: 'cancel' | 'delete' | 'discard'
        id(request: WireRequest): string
        write(video: FrontVideo, request: WireRequest): Written
      }
    | {
        does: 'list'
        read(request: WireRequest): Paging
        write(videos: readonly FrontVideo[], page: Page, request: WireRequest): Written
      }
    | { does: 'content'; file(request: WireRequest): { id: string; number: number; variant?: 'video' | 'thumbnail' } }
    | { does: 'models'; write(models: readonly FrontModel[], request: WireRequest): Written }
  )

/** A create request in our words: the body of `POST /v1/videos`, whose rules for names, values and unknown fields apply. */
export interface Asked {
  body: Record<string, unknown>
  /** the video is made of another: that of this id, else the one that `video` of the body names. `or`: where the model cannot do the first */
  rework?: { does: Rework; or?: Rework; id?: string }
  /** what the wire calls a field that is named differently in `body`, for refusals and warnings */
  names?: Readonly<Record<string, string>>
  /** what is lost on the way */
  warnings?: readonly Warning[]
  /** what of its callback the client wants to be told; absent: all */
  tells?: readonly Told[]
  /** the client's own id of the request, where the wire has one that is unique: a repetition returns the same video */
  reference?: string
}

export interface Paging {
  limit: number
  /** how many are left out at the start */
  skip?: number
  /** our id: those after it */
  after?: string
  order?: 'asc' | 'desc'
}

export interface Page {
  hasMore: boolean
}

/** A video as fronts see it: every state of it, in no wire's words. Times in milliseconds since 1970. */
export interface FrontVideo {
  id: string
  model: string
  status: 'queued' | 'in_progress' | 'completed' | 'failed'
  /** 0 to 100 */
  progress: number
  prompt: string
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
  expiresAt: number | null
  /** what the file says, else what was asked for; null: unknown */
  seconds: number | null
  /** `1280x720`, or empty: unknown */
  size: string
  width: number | null
  height: number | null
  seed: number | null
  /** how many were asked for */
  n: number
  /** the id of the video that it was made from */
  remixedFrom: string | null
  /** those that were made; empty until it has completed */
  files: readonly FrontFile[]
  warnings: readonly Warning[]
  error: { code: string; message: string } | null
  /** what it cost so far, in micro-units; null: it has no price */
  cost: { amount: number; currency: string } | null
}

export interface FrontFile {
  /** signed, needs no key */
  url: string
  /** its media type */
  type: string
  seconds: number | null
  width: number | null
  height: number | null
  fps: number | null
  /** only for routes with `inline`; null: too large, or it cannot be read now */
  base64: string | null
}

export interface FrontModel {
  name: string
  createdAt: number
  owner: string
  /** what it can do; undefined: unknown */
  spec: ModelSpec | undefined
  prices: readonly Price[]
}

export interface Refusal {
  status: number
  /** one of errors.ts */
  code: string
  type: string
  message: string
  /** the field of the request that is wrong, in the wire's name */
  param: string | null
  /** false: a repetition cannot help; undefined: as the status says */
  shouldRetry: boolean | undefined
  requestId: string
}
