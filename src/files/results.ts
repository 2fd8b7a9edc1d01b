import { Readable } from 'node:stream'
import type { Archive } from '../assets/archive.ts'
import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { parseRange } from '../lib/range.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { Opened } from '../upstream/download.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { ProducedFile, Succeeded } from '../vendors/vendor.ts'
import { isFannedOut } from '../domain/lifecycle.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Worker } from '../tasks/worker.ts'

export type Variant = 'video' | 'thumbnail' | 'spritesheet'

interface Dependencies {
  routing: Routing
  /** the tasks that a fanned-out one consists of */
  childrenOf(id: string): Promise<Task[]>
  worker: Worker
  exchange: Exchange
  assets: AssetStore
  /** where copies are stored */
  files: Archive
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

/** The produced files of finished tasks: where they are, and their bytes. Archived copies first, then the vendor. */
export function createResults({ routing, assets, files, childrenOf, worker, exchange, now, isPublic }: Dependencies) {
  async function openStored(name: string, contentType: string, { method, range: header }: Wanted): Promise<Opened> {
    const size = await files.size(name)
    if (size === null) throw new ApiError('video_expired')
    const range = parseRange(header, size)
    const headers = { 'content-type': contentType, 'accept-ranges': 'bytes' }
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
      body: method === 'HEAD' ? Readable.from([]) : await files.read(name, { start, end })
    }
  }

  /** The file at its vendor's. A dead link is renewed once where the vendor can. */
  async function openFromVendor(task: Task, wanted: Wanted): Promise<Opened> {
    if (!task.result) throw notReady(task)
    const opened = await openAt(task, assetOf(task.result, wanted), wanted)
    if (!dead.has(opened.status)) return opened
    const renewed = await worker.renewLink(task)
    const again = renewed && (await openAt(task, assetOf(renewed, wanted), wanted))
    if (again && !dead.has(again.status)) return again
    throw new ApiError('video_expired')
  }

  async function openAt(task: Task, asset: ProducedFile, wanted: Wanted): Promise<Opened> {
    const { variant, method, range, signal } = wanted
    const { at } = asset
    if (variant === 'video' && 'stored' in at) return openStored(at.stored, 'video/mp4', wanted)
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    const target = variant === 'thumbnail' ? { url: asset.coverUrl! } : 'url' in at || 'fetch' in at ? at : null
    if (!connection || !target) throw new ApiError('video_expired')
    try {
      return await exchange.open(connection.vendor, connection.config, target, {
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

  /** The child of a fanned-out task that made its video `number`: its channel has the file. */
  async function makerOf(task: Task, number: number): Promise<{ maker: Task; number: number }> {
    let before = 0
    for (const child of isFannedOut(task) ? await childrenOf(task.id) : []) {
      const made = child.result?.videos.length ?? 0
      if (number < before + made) return { maker: child, number: number - before }
      before += made
    }
    return { maker: task, number }
  }

  return {
    /** The vendor's own link while it lives and needs nothing; null when the file must be fetched through us. */
    publicUrl({ result }: Task): string | null {
      if (!result) return null
      const { at, expiresAt } = result.videos[0]
      if (!('url' in at) || at.auth || expiresAt === undefined || expiresAt * 1000 <= now()) return null
      return isPublic(at.url) ? at.url : null
    },

    openFromVendor,

    /** Opens a file for streaming. Throws video_not_ready, video_expired, not_found. */
    async open(task: Task, wanted: Wanted): Promise<Opened> {
      if (task.status !== 'completed' || !task.result) throw notReady(task)
      const { maker, number } = await makerOf(task, wanted.number)
      const copy = await assets.find(maker.id, number, wanted.variant)
      if (copy?.state === 'deleted') throw new ApiError('video_expired')
      if (copy?.state !== 'archived' || copy.location === null) return openFromVendor(maker, { ...wanted, number })
      try {
        return await openStored(copy.location, copy.contentType ?? 'video/mp4', wanted)
      } catch (cause) {
        // an archive that is gone or out of reach: the vendor's link may still live
        if (wanted.variant !== 'video' || 'archived' in (maker.result?.videos[number]?.at ?? {}))
          throw outOfReach(cause)
        return openFromVendor(maker, { ...wanted, number }).catch(() => {
          throw outOfReach(cause)
        })
      }
    }
  }
}

export type Results = ReturnType<typeof createResults>

const outOfReach = (cause: unknown) =>
  cause instanceof ApiError
    ? cause
    : new ApiError('upstream_error', { cause, message: 'The archived file cannot be reached now. Try again.' })

function assetOf({ videos }: Succeeded, { variant, number }: Wanted): ProducedFile {
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
