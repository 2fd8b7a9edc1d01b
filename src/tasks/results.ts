import { Readable } from 'node:stream'
import type { Disk } from '../assets/disk.ts'
import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { parseRange } from '../lib/range.ts'
import type { Opened } from '../upstream/download.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { Asset, Succeeded } from '../vendors/vendor.ts'
import { isFannedOut } from './outcome.ts'
import type { Routing } from './routing.ts'
import type { Worker } from './worker.ts'

export type Variant = 'video' | 'thumbnail' | 'spritesheet'

interface Dependencies {
  routing: Routing
  /** the tasks that a fanned-out one consists of */
  partsOf(id: string): Promise<Task[]>
  worker: Worker
  exchange: Exchange
  disk: Disk
  now(): number
  /** whether anybody on the internet could fetch this address */
  isPublic(url: string): boolean
}

export interface Wanted {
  variant: Variant
  /** which of the task's videos, from 0 */
  number: number
  method: 'GET' | 'HEAD'
  range?: string | undefined
  signal: AbortSignal
}

// answers that mean the link has died, not that the vendor is ill
const dead = new Set([401, 403, 404, 410])

/** The produced files of finished tasks: where they are, and their bytes. */
export function createResults({ routing, partsOf, worker, exchange, disk, now, isPublic }: Dependencies) {
  async function open(task: Task, asset: Asset, { variant, method, range, signal }: Wanted): Promise<Opened> {
    const { at } = asset
    if (variant === 'video' && 'kept' in at) return openKept(at.kept, method, range)
    const reach = task.channelId === null ? undefined : await routing.channel(task.channelId)
    if (!reach) throw new ApiError('video_expired')
    const target = variant === 'thumbnail' ? { url: asset.coverUrl! } : 'url' in at || 'fetch' in at ? at : null
    if (!target) throw new ApiError('video_expired')
    try {
      return await exchange.open(reach.vendor, reach.config, target, {
        method,
        signal,
        ...(range !== undefined && { range })
      })
    } catch (error) {
      if (error instanceof UpstreamError)
        throw new ApiError('upstream_error', {
          cause: error,
          message: "The vendor's file could not be fetched. Try again."
        })
      throw error
    }
  }

  async function openKept(name: string, method: 'GET' | 'HEAD', header: string | undefined): Promise<Opened> {
    const size = await disk.size(name)
    if (size === null) throw new ApiError('video_expired')
    const range = parseRange(header, size)
    const headers = { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' }
    if (range === 'unsatisfiable')
      return { ok: false, status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } }
    const { start, end } = range ?? { start: 0, end: size - 1 }
    return {
      ok: true,
      status: range ? 206 : 200,
      headers: {
        ...headers,
        'content-length': String(end - start + 1),
        ...(range && { 'content-range': `bytes ${start}-${end}/${size}` })
      },
      body: method === 'HEAD' ? Readable.from([]) : disk.read(name, { start, end })
    }
  }

  return {
    /** The vendor's own link while it lives and needs nothing; null when the file must be fetched through us. */
    publicUrl({ result, expiresAt }: Task): string | null {
      const at = result?.videos[0].at
      if (!at || !('url' in at) || at.auth) return null
      return (expiresAt === null || expiresAt > now()) && isPublic(at.url) ? at.url : null
    },

    /** Opens a file for streaming. Throws video_not_ready, video_expired, not_found. A dead link is renewed once where the vendor can. */
    async open(task: Task, wanted: Wanted): Promise<Opened> {
      if (task.status !== 'completed' || !task.result) throw notReady(task)
      const { maker, number } = isFannedOut(task)
        ? await makerOf(task, wanted.number)
        : { maker: task, number: wanted.number }
      return openOf(maker, { ...wanted, number })
    }
  }

  /** The part of a fanned-out task that made its video `number`: its channel has the file. */
  async function makerOf(task: Task, number: number): Promise<{ maker: Task; number: number }> {
    let before = 0
    for (const part of await partsOf(task.id)) {
      const made = part.result?.videos.length ?? 0
      if (number < before + made) return { maker: part, number: number - before }
      before += made
    }
    return { maker: task, number }
  }

  async function openOf(task: Task, wanted: Wanted): Promise<Opened> {
    if (!task.result) throw notReady(task)
    const opened = await open(task, assetOf(task.result, wanted), wanted)
    if (!dead.has(opened.status)) return opened
    const renewed = await worker.renewLink(task)
    const again = renewed && (await open(task, assetOf(renewed, wanted), wanted))
    if (again && !dead.has(again.status)) return again
    throw new ApiError('video_expired')
  }
}

export type Results = ReturnType<typeof createResults>

function assetOf({ videos }: Succeeded, { variant, number }: Wanted): Asset {
  const asset = videos[number]
  if (!asset)
    throw new ApiError('not_found', {
      param: 'number',
      message: `This task made ${videos.length} video${videos.length === 1 ? '' : 's'}.`
    })
  if (variant === 'spritesheet' || (variant === 'thumbnail' && asset.coverUrl === undefined)) {
    throw new ApiError('not_found', {
      param: 'variant',
      message: `There is no ${variant} of this video: the vendor made none.`
    })
  }
  return asset
}

function notReady(task: Task): ApiError {
  if (task.status === 'failed')
    return new ApiError('video_not_ready', { message: `The video failed (${task.errorCode}): there is no file.` })
  return new ApiError('video_not_ready')
}
