import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import { firstFrame } from '../assets/thumbnail.ts'
import type { Asset, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { Results } from './results.ts'

interface Dependencies {
  results: Results
  archive: Archive
  /** for temporary files */
  folder: string
  /** whether thumbnails can be made */
  ffmpeg: boolean
  /** records whether a channel's vendor answered a download */
  fetched(channelId: string, answered: boolean): void
  log: Logger
}

/** A file in the archive. */
export interface Copy {
  location: string
  bytes: number
  contentType: string
}

export interface Copied extends Copy {
  sha256: string
  /** made from the first frame when the vendor made none and ffmpeg is available */
  thumbnail: Copy | null
}

/** Whether the vendor has answered that the file no longer exists. */
export const isGone = (error: unknown) => error instanceof ApiError && error.code === 'video_expired'

/** Returns a function that copies a video from its vendor to the archive: by way of the disk, in constant memory, completely or not at all. */
export function createCopy({ results, archive, folder, ffmpeg, fetched, log }: Dependencies) {
  async function fetchTo(path: string, task: Task, number: number, signal: AbortSignal) {
    const opened = await results.openFromVendor(task, { variant: 'video', number, method: 'GET', signal })
    if (!opened.ok) throw new Error(`the vendor answered HTTP ${opened.status} for the file`)
    const hash = createHash('sha256')
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk)
        done(null, chunk)
      }
    })
    await pipeline(opened.body, hashing, createWriteStream(path))
    const { size } = await stat(path)
    const announced = opened.headers['content-length']
    if (size === 0 || (announced !== undefined && Number(announced) !== size))
      throw new Error(`${size} of ${announced ?? 'unknown'} bytes arrived`)
    return { bytes: size, sha256: hash.digest('hex'), contentType: opened.headers['content-type'] ?? 'video/mp4' }
  }

  async function makeThumbnail(video: string, task: Task, number: number): Promise<Copy | null> {
    const image = `${video}.webp`
    try {
      await firstFrame(video, image)
      const { size: bytes } = await stat(image)
      const copy = { location: `${task.id}/${number}.webp`, bytes, contentType: 'image/webp' }
      await archive.put(copy.location, image, bytes, copy.contentType)
      return copy
    } catch (error) {
      log.warn({ task: task.id, err: error }, 'archive: thumbnail could not be made')
      return null
    } finally {
      await rm(image, { force: true })
    }
  }

  return async (task: Task, { id, number }: Pick<Asset, 'id' | 'number'>, signal: AbortSignal): Promise<Copied> => {
    const recordFetch = (answered: boolean) => {
      if (task.channelId !== null && !signal.aborted) fetched(task.channelId, answered)
    }
    const local = join(folder, id)
    try {
      await mkdir(folder, { recursive: true })
      const file = await fetchTo(local, task, number, signal).catch((error: unknown) => {
        recordFetch(isGone(error))
        throw error
      })
      recordFetch(true)
      const needsThumbnail = ffmpeg && task.result?.videos[number]?.coverUrl === undefined
      const thumbnail = needsThumbnail ? await makeThumbnail(local, task, number) : null
      const location = `${task.id}/${file.sha256.slice(0, 16)}.mp4`
      await archive.put(location, local, file.bytes, file.contentType)
      return { location, ...file, thumbnail }
    } finally {
      await rm(local, { force: true })
    }
  }
}

export type CopyFile = ReturnType<typeof createCopy>
