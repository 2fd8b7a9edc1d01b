import { createHash, type Hash } from 'node:crypto'
import type { Key, Task } from '../db/index.ts'
import type { VideoRequest } from '../vendors/vendor.ts'
import { groupOf, type UnifiedRequest } from './request.ts'

/** The body of a create: the unified request, and fields that concern only the answer. */
export interface CreateRequest extends UnifiedRequest {
  response_format?: string | undefined
  callback_url?: string | undefined
  /** as `callbackFront` of a task; no client says it */
  callback_front?: string | undefined
}

/** What is expected of the video when its task is created; undefined: unknown. */
export interface Expected {
  seconds: number | undefined
  size: string | undefined
}

/** What the gateway adds to a request; times in milliseconds. */
interface Made {
  id: string
  fingerprint: string
  traceparent: string | null
  created: number
  deadlineAt: number
}

/** Returns the row of a new task: queued, unpriced, not attempted. Times in milliseconds. */
export function newTask(
  key: Key,
  request: CreateRequest,
  video: VideoRequest,
  { seconds, size }: Expected,
  { id, fingerprint, traceparent, created, deadlineAt }: Made
): Task {
  return {
    id,
    keyId: key.id,
    parentId: null,
    model: request.model,
    status: 'queued',
    prompt: request.prompt,
    milliseconds: seconds === undefined ? null : Math.round(seconds * 1000),
    size: video.size ?? null,
    expectedSize: size ?? null,
    seed: video.seed ?? null,
    n: request.n ?? 1,
    user: request.user ?? null,
    group: groupOf(request),
    remixedFrom: null,
    responseFormat: request.response_format ?? null,
    callbackUrl: request.callback_url ?? null,
    callbackFront: request.callback_front ?? null,
    fingerprint,
    retryCount: 0,
    traceparent,
    channelId: null,
    upstreamModel: null,
    attemptId: null,
    operation: null,
    progress: 0,
    result: null,
    failure: null,
    errorCode: null,
    errorMessage: null,
    vendorCode: null,
    warnings: [],
    cancelRequested: false,
    price: null,
    currency: null,
    prices: null,
    charged: 0,
    decidedAt: null,
    dueAt: created,
    leaseOwner: null,
    leaseUntil: null,
    fence: 0,
    tries: 0,
    crashCount: 0,
    deadlineAt,
    queueTag: null,
    slot: false,
    createdAt: created,
    startedAt: null,
    finishedAt: null,
    followUpAt: null,
    expiresAt: null,
    deletedAt: null
  }
}

/** Returns the SHA-256 (hex) of the fields in a fixed order: equal for equal requests, whatever names and address of the server they used. */
export function fingerprintOf(request: CreateRequest): string {
  const { names: _, callback_front: _front, ...fields } = request
  const hash = createHash('sha256')
  feed(hash, fields)
  return hash.digest('hex')
}

/** Texts are hashed as they are, not as JSON: an image may have 27 MB. */
function feed(hash: Hash, value: unknown): void {
  if (typeof value === 'string') hash.update(`"${value.length}:`).update(value)
  else if (Array.isArray(value)) {
    hash.update(`[${value.length}:`)
    for (const item of value) feed(hash, item)
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    hash.update(`{${entries.length}:`)
    for (const [name, inner] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
      feed(hash, name)
      feed(hash, inner)
    }
  } else hash.update(`${String(value)};`)
}
