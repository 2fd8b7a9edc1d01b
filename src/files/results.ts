import type { Archive } from '../assets/archive.ts'
import type { Asset, Task } from '../db/index.ts'
import { isFannedOut } from '../domain/lifecycle.ts'
import { ApiError } from '../errors.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { Opened } from '../upstream/download.ts'
import type { ProducedFile, Succeeded } from '../vendors/vendor.ts'
import type { EnsurePicture } from './pictures.ts'
import type { Picture } from './store-picture.ts'
import { createStoredFile } from './stored-file.ts'
import { isGone, isRefused, type OpenFromVendor } from './vendor-file.ts'

export type Variant = 'video' | 'thumbnail' | 'last_frame' | 'spritesheet'

interface Dependencies {
  /** returns the child tasks of a fanned-out task */
  childrenOf(id: string): Promise<Task[]>
  openFromVendor: OpenFromVendor
  assets: AssetStore
  /** the archive, or the folder of videos that arrived inside answers */
  files: Archive
  /** makes images of videos; null: there is no ffmpeg */
  ensurePicture: EnsurePicture | null
  now(): number
  /** whether any client could fetch this URL itself */
  isPublic(url: string): boolean
}

/** Which file of a task a client requests, and how. */
export interface RequestedFile {
  variant: Variant
  /** which of the task's videos, from 0 */
  number: number
  range?: string | undefined
  signal: AbortSignal
}

// a vendor's storage may be late by seconds; no vendor's link is known to live less than an hour
const LATE = 60 * 60_000

/** Reads the files of finished tasks: from the archive first, then from the vendor. */
export function createResults({
  assets,
  files,
  childrenOf,
  openFromVendor,
  ensurePicture,
  now,
  isPublic
}: Dependencies) {
  const openStored = createStoredFile(files)

  /** Opens a file that is not archived: at its vendor, or where it was stored when it arrived. Throws video_unavailable and video_expired. */
  async function openOriginal(task: Task, { variant, number, range, signal }: RequestedFile): Promise<Opened> {
    if (!task.result) throw notReady(task)
    const { at, contentType = 'video/mp4' } = producedFile(task.result, variant, number)
    if (variant === 'video' && 'stored' in at) return openStored(at.stored, contentType, range)
    return openFromVendor(task, task.result, from => producedFile(from, variant, number), {
      variant,
      range,
      signal
    })
  }

  /** Whether a file that cannot be fetched never will be: the archive gave up, or nothing archives it and its time is over. */
  function isLost(copy: Asset | undefined, task: Task, number: number, error: unknown): boolean {
    if (!(error instanceof ApiError) || error.code !== 'video_unavailable') return false
    if (copy) return copy.state === 'lost'
    const { expiresAt } = task.result?.videos[number] ?? {}
    const end = expiresAt === undefined ? (task.finishedAt ?? 0) + LATE : expiresAt * 1000
    return isGone(error) || (isRefused(error) && end < now())
  }

  /** Opens an archived file. When the archive lacks it or is unreachable, the vendor's link may still work. */
  async function openArchived(copy: Asset & { location: string }, task: Task, file: RequestedFile): Promise<Opened> {
    try {
      return await openStored(copy.location, copy.contentType ?? 'video/mp4', file.range)
    } catch (cause) {
      const isMissing = cause instanceof ApiError
      const error = isMissing
        ? cause
        : new ApiError('video_unavailable', { cause, message: ARCHIVE_DOWN, retryAfterSeconds: 5 })
      if (file.variant !== 'video') throw error
      return openOriginal(task, file).catch((other: unknown) => {
        throw isMissing && !isRefused(other) ? other : error
      })
    }
  }

  async function openVideo(task: Task, number: number): Promise<Opened> {
    // also when the client that requested the image has gone: another one may wait for it
    const file: RequestedFile = { variant: 'video', number, signal: AbortSignal.timeout(PICTURE_MS) }
    const copy = await assets.find(task.id, number, 'video')
    if (copy?.state === 'deleted') throw new ApiError('video_expired')
    return isArchived(copy) ? openArchived(copy, task, file) : openOriginal(task, file)
  }

  /** Opens an image that was or is made from the video; null when there is none and none can be made, or the vendor's own is as good. */
  async function openMade(task: Task, file: RequestedFile & { variant: Picture }): Promise<Opened | null> {
    const { number, variant } = file
    if (!ensurePicture || isWebpLink(linkOf(task.result?.videos[number], variant))) return null
    await ensurePicture(task, number, variant, () => openVideo(task, number))
    const made = await assets.find(task.id, number, variant)
    return isArchived(made) ? openArchived(made, task, file) : null
  }

  /** The same; the vendor's thumbnail serves when the video cannot be had for one. */
  async function openPicture(task: Task, file: RequestedFile & { variant: Picture }): Promise<Opened> {
    const theirs = linkOf(task.result?.videos[file.number], file.variant)
    const made = await openMade(task, file).catch((error: unknown) => {
      if (theirs === undefined) throw error
      return null
    })
    return made ?? openOriginal(task, file)
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

    openOriginal,

    /** Opens a file for streaming. Throws video_not_ready, video_unavailable, video_expired, not_found. */
    async open(task: Task, requested: RequestedFile): Promise<Opened> {
      if (task.status !== 'completed' || !task.result) throw notReady(task)
      const { maker, number } = await makerOf(task, requested.number)
      const file = { ...requested, number }
      const { variant } = file
      producedFile(maker.result ?? task.result, 'video', number)
      const copy = await assets.find(maker.id, number, variant)
      if (copy?.state === 'deleted') throw new ApiError('video_expired')
      if (isArchived(copy)) return openArchived(copy, maker, file)
      const opening = isPicture(variant) ? openPicture(maker, { ...file, variant }) : openOriginal(maker, file)
      return opening.catch((error: unknown) => {
        throw isLost(copy, maker, number, error) ? new ApiError('video_expired', { cause: error }) : error
      })
    }
  }
}

export type Results = ReturnType<typeof createResults>

const ARCHIVE_DOWN = 'The archive is unreachable right now. Try again later.'

// to read a video for an image, also a large one
const PICTURE_MS = 120_000

const isPicture = (variant: Variant): variant is Picture => variant === 'thumbnail' || variant === 'spritesheet'

const linkOf = (file: ProducedFile | undefined, variant: Exclude<Variant, 'video'>): string | undefined =>
  file && { thumbnail: file.coverUrl, last_frame: file.lastFrameUrl, spritesheet: file.sheetUrl }[variant]

/** Whether a vendor's image is a WebP image by its name. */
export const isWebpLink = (link: string | undefined) => link !== undefined && /\.webp(?:$|\?)/.test(link)

const isArchived = (copy: Asset | undefined): copy is Asset & { location: string } =>
  copy?.state === 'archived' && copy.location !== null

function producedFile({ videos }: Succeeded, variant: Variant, number: number): ProducedFile {
  const file = videos[number]
  if (!file)
    throw new ApiError('not_found', {
      param: 'number',
      message: `This task made ${videos.length} video${videos.length === 1 ? '' : 's'}.`
    })
  if (variant !== 'video' && linkOf(file, variant) === undefined)
    throw new ApiError('not_found', { param: 'variant', message: missing(variant) })
  return file
}

function notReady(task: Task): ApiError {
  if (task.status === 'failed')
    return new ApiError('video_not_ready', { message: `The video failed (${task.errorCode}), so there is no file.` })
  return new ApiError('video_not_ready')
}

const missing = (variant: Exclude<Variant, 'video'>) =>
  variant === 'last_frame'
    ? 'This video has no last frame: the vendor made none.'
    : `This video has no ${variant}: the vendor made none, and ffmpeg made none here. Install ffmpeg on the server to have them made; its log says why one failed.`
