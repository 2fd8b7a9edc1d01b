import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { defined } from '../lib/defined.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Worker } from '../tasks/worker.ts'
import type { Opened } from '../upstream/download.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { ProducedFile, Succeeded } from '../vendors/vendor.ts'
import { verify } from './verify.ts'

interface Dependencies {
  routing: Pick<Routing, 'channel'>
  worker: Pick<Worker, 'renewLink'>
  exchange: Pick<Exchange, 'open'>
}

/** Which of a video's files is requested, and how. */
export interface Requested {
  variant: 'video' | 'thumbnail' | 'last_frame' | 'spritesheet'
  range?: string | undefined
  signal: AbortSignal
}

const RETRY_AFTER_SECONDS = 5

// answers of a link that has expired, or whose file is not there yet: some vendors say "succeeded" before their storage has it
const refusals = new Set([400, 401, 403, 404, 410])

/** Whether the vendor itself answered that the file is not there: refused, or gone. */
export const isRefused = (error: unknown): boolean => refusals.has(statusOf(error) ?? 0)

/** Whether the vendor answered that the file is gone and will not come back. */
export const isGone = (error: unknown): boolean => statusOf(error) === 410

/** Returns a function that opens a produced file at its vendor. Every answer is checked: only the file itself comes back. */
export function createVendorFile({ routing, worker, exchange }: Dependencies) {
  async function openAt(task: Task, file: ProducedFile, { variant, range, signal }: Requested): Promise<Opened> {
    const images = { thumbnail: file.coverUrl, last_frame: file.lastFrameUrl, spritesheet: file.sheetUrl }
    const target = variant === 'video' ? file.at : { url: images[variant] ?? '' }
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    if (!connection || !('url' in target || 'fetch' in target)) throw new ApiError('video_expired')
    const { vendor, config } = connection
    // an image is small: a range of it is cut out here
    const passedOn = variant === 'video' ? defined({ range }) : {}
    return verify(await exchange.open(vendor, config, target, { method: 'GET', signal, ...passedOn }), {
      variant: variant === 'video' ? 'video' : 'thumbnail',
      range
    })
  }

  /**
   * `fileIn` finds the file in a result. A link that is refused, or that leads to something else, is renewed once if the vendor can. Throws
   * `video_unavailable`, whose cause says why.
   */
  return async function openFromVendor(
    task: Task,
    result: Succeeded,
    fileIn: (result: Succeeded) => ProducedFile,
    requested: Requested
  ): Promise<Opened> {
    const open = (from: Succeeded) =>
      openAt(task, fileIn(from), requested).catch((error: unknown) => {
        if (error instanceof UpstreamError) return error
        throw error
      })
    let opened = await open(result)
    if (opened instanceof UpstreamError && mayHaveMoved(opened)) {
      const renewed = await worker.renewLink(task)
      if (renewed) opened = await open(renewed)
    }
    if (!(opened instanceof UpstreamError)) return opened
    throw new ApiError('video_unavailable', { cause: opened, retryAfterSeconds: RETRY_AFTER_SECONDS })
  }
}

export type OpenFromVendor = ReturnType<typeof createVendorFile>

const mayHaveMoved = ({ status, problem }: UpstreamError) => refusals.has(status ?? 0) || problem === 'not_the_file'

function statusOf(error: unknown): number | undefined {
  const { cause } = error instanceof ApiError ? error : {}
  return cause instanceof UpstreamError ? cause.status : undefined
}
