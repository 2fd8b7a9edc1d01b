import { Readable } from 'node:stream'
import type { Archive } from '../assets/archive.ts'
import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { defined } from '../lib/defined.ts'
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
  /** returns the child tasks of a fanned-out task */
  childrenOf(id: string): Promise<Task[]>
  worker: Worker
  exchange: Exchange
  assets: AssetStore
  /** the archive, or the folder of videos that arrived inside answers */
  files: Archive
  now(): number
  /** whether any client could fetch this URL itself */
  isPublic(url: string): boolean
}

/** Which file of a task a client requests, and how. */
export interface RequestedFile {
  variant: Variant
  /** which of the task's videos, from 0 */
  number: number
  method: 'GET' | 'HEAD'
  range?: string | undefined
  signal: AbortSignal
}

// answers that mean the link has expired, not that the vendor has a problem
const expired = new Set([401, 403, 404, 410])

/** Reads the files of finished tasks: from the archive first, then from the vendor. */
export function createResults({ routing, assets, files, childrenOf, worker, exchange, now, isPublic }: Dependencies) {
  async function openStored(
    name: string,
    contentType: string,
    { method, range: header }: RequestedFile
  ): Promise<Opened> {
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

  /** Opens the file at its vendor. An expired link is renewed once if the vendor can. Throws video_expired and upstream_error. */
  async function openFromVendor(task: Task, file: RequestedFile): Promise<Opened> {
    if (!task.result) throw notReady(task)
    const opened = await openAt(task, assetOf(task.result, file), file)
    if (!expired.has(opened.status)) return opened
    const renewed = await worker.renewLink(task)
    const again = renewed && (await openAt(task, assetOf(renewed, file), file))
    if (again && !expired.has(again.status)) return again
    throw new ApiError('video_expired')
  }

  async function openAt(task: Task, asset: ProducedFile, file: RequestedFile): Promise<Opened> {
    const { variant, method, range, signal } = file
    const { at } = asset
    if (variant === 'video' && 'stored' in at) return openStored(at.stored, 'video/mp4', file)
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    const target = variant === 'thumbnail' ? { url: asset.coverUrl! } : 'url' in at || 'fetch' in at ? at : null
    if (!connection || !target) throw new ApiError('video_expired')
    try {
      return await exchange.open(connection.vendor, connection.config, target, {
        method,
        signal,
        ...defined({ range })
      })
    } catch (error) {
      if (error instanceof UpstreamError)
        throw new ApiError('upstream_error', {
          cause: error,
          message: 'The file could not be fetched from the vendor. Try again.'
        })
      throw error
    }
  }

  /** Returns the child task that made video `number` of a fanned-out task: its channel has the file. */
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
    /** Returns the vendor's own link while it is valid and needs no credential; null when clients must fetch the file through us. */
    publicUrl({ result }: Task): string | null {
      if (!result) return null
      const { at, expiresAt } = result.videos[0]
      if (!('url' in at) || at.auth || expiresAt === undefined || expiresAt * 1000 <= now()) return null
      return isPublic(at.url) ? at.url : null
    },

    openFromVendor,

    /** Opens a file for streaming. Throws video_not_ready, video_expired, not_found. */
    async open(task: Task, file: RequestedFile): Promise<Opened> {
      if (task.status !== 'completed' || !task.result) throw notReady(task)
      const { maker, number } = await makerOf(task, file.number)
      const copy = await assets.find(maker.id, number, file.variant)
      if (copy?.state === 'deleted') throw new ApiError('video_expired')
      if (copy?.state !== 'archived' || copy.location === null) return openFromVendor(maker, { ...file, number })
      try {
        return await openStored(copy.location, copy.contentType ?? 'video/mp4', file)
      } catch (cause) {
        // the archive is missing the file or unreachable: the vendor's link may still work
        if (file.variant !== 'video' || 'stored' in (maker.result?.videos[number]?.at ?? {})) throw unreachable(cause)
        return openFromVendor(maker, { ...file, number }).catch(() => {
          throw unreachable(cause)
        })
      }
    }
  }
}

export type Results = ReturnType<typeof createResults>

const unreachable = (cause: unknown) =>
  cause instanceof ApiError
    ? cause
    : new ApiError('upstream_error', { cause, message: 'The archive is unreachable right now. Try again later.' })

function assetOf({ videos }: Succeeded, { variant, number }: RequestedFile): ProducedFile {
  const asset = videos[number]
  if (!asset)
    throw new ApiError('not_found', {
      param: 'number',
      message: `This task made ${videos.length} video${videos.length === 1 ? '' : 's'}.`
    })
  if (variant === 'spritesheet' || (variant === 'thumbnail' && asset.coverUrl === undefined)) {
    throw new ApiError('not_found', {
      param: 'variant',
      message: `This video has no ${variant}: the vendor made none.`
    })
  }
  return asset
}

function notReady(task: Task): ApiError {
  if (task.status === 'failed')
    return new ApiError('video_not_ready', { message: `The video failed (${task.errorCode}), so there is no file.` })
  return new ApiError('video_not_ready')
}
