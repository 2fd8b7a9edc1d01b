import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import { firstFrame } from '../assets/thumbnail.ts'
import type { Asset, Task } from '../db/index.ts'
import type { FileFacts } from '../domain/outcome.ts'
import { extensionOf } from '../lib/extension.ts'
import { IMAGE_LIMIT } from '../lib/image-type.ts'
import type { Routing } from '../tasks/routing.ts'
import { factsOf } from './facts.ts'
import type { Incoming } from './incoming.ts'
import { createMeter, longestOf, mostBytes } from './limits.ts'
import { isWebpLink, type Results } from './results.ts'
import { isRefused } from './vendor-file.ts'
import { sizeOf } from './verify.ts'

interface Dependencies {
  results: Pick<Results, 'openOriginal'>
  routing: Pick<Routing, 'channel'>
  archive: Archive
  incoming: Incoming
  /** the largest file that is archived, in MB */
  maxMB: number
  /** whether thumbnails can be made */
  ffmpeg: boolean
  /** records whether a channel's vendor answered a download */
  fetched(channelId: string, answered: boolean): void
  /** milliseconds at an even rate */
  monotonic(): number
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
}

export interface Copies {
  video: Copied
  facts: FileFacts
  /** made from the first frame when the vendor made none as WebP and ffmpeg is available */
  thumbnail: Copy | null
  /** where the vendor made one */
  lastFrame: Copy | null
}

// a file without a length that ends within one of its boxes so often is not cut off on its way: the vendor made it so
const CUT_OFF_TRIES = 5

/** Returns a function that copies a video from its vendor to the archive: by way of the disk, in constant memory, completely or not at all. */
export function createCopy(dependencies: Dependencies) {
  const { results, routing, archive, incoming, maxMB, ffmpeg, fetched, monotonic, log } = dependencies

  /** Downloads the file to `path`. Throws when it is not a video, incomplete, too large or too slow. */
  async function fetchTo(path: string, task: Task, { number, tries }: Asset, signal: AbortSignal) {
    const opened = await results.openOriginal(task, { variant: 'video', number, signal })
    if (!opened.ok) throw new Error(`the vendor answered HTTP ${opened.status} for the file`)
    const announced = sizeOf(opened.headers)
    const most = mostBytes(maxMB, announced, await secondsOf(task))
    if (announced !== null && announced > most) {
      opened.body.destroy()
      throw new Error(`the file has ${Math.ceil(announced / 1e6)} MB; MAX_VIDEO_MB allows ${maxMB}`)
    }
    const hash = createHash('sha256')
    const count = createMeter({ most, now: monotonic })
    async function* counted(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        count(chunk.length)
        hash.update(chunk)
        yield chunk
      }
    }
    await pipeline(opened.body, counted, createWriteStream(path))
    const { size: bytes } = await stat(path)
    if (announced !== null && announced !== bytes) throw new Error(`${bytes} of ${announced} bytes arrived`)
    const { isCutOff, ...facts } = await factsOf(path, opened.headers['content-type'] ?? 'video/mp4')
    if (isCutOff && announced === null && tries < CUT_OFF_TRIES)
      throw new Error(`the file is cut off after ${bytes} bytes`)
    return { bytes, sha256: hash.digest('hex'), facts }
  }

  /** Returns how long the video is, at most, as far as is known before it is here. */
  async function secondsOf({ milliseconds, channelId, upstreamModel }: Task): Promise<number | null> {
    if (milliseconds !== null) return milliseconds / 1000
    const connection = channelId === null ? undefined : await routing.channel(channelId)
    return longestOf(connection?.vendor.models[upstreamModel ?? ''])
  }

  async function makeThumbnail(video: string, contentType: string, task: Task, number: number): Promise<Copy | null> {
    const image = `${video}.webp`
    try {
      await firstFrame(video, image, contentType)
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

  /** The video is what counts: an image that cannot be copied is only logged. */
  async function copyLastFrame(path: string, task: Task, number: number, signal: AbortSignal): Promise<Copy | null> {
    if (task.result?.videos[number]?.lastFrameUrl === undefined) return null
    const image = `${path}.last`
    try {
      const opened = await results.openOriginal(task, { variant: 'last_frame', number, signal })
      if (!opened.ok) throw new Error(`the vendor answered HTTP ${opened.status} for the image`)
      const count = createMeter({ most: IMAGE_LIMIT, now: monotonic })
      async function* counted(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          count(chunk.length)
          yield chunk
        }
      }
      await pipeline(opened.body, counted, createWriteStream(image))
      const { size: bytes } = await stat(image)
      const contentType = opened.headers['content-type'] ?? 'image/png'
      const copy = { location: `${task.id}/${number}-last.${extensionOf(contentType)}`, bytes, contentType }
      await archive.put(copy.location, image, bytes, contentType)
      return copy
    } catch (error) {
      log.warn({ task: task.id, err: error }, 'archive: last frame could not be copied')
      return null
    } finally {
      await rm(image, { force: true })
    }
  }

  return (task: Task, asset: Asset, signal: AbortSignal): Promise<Copies> =>
    incoming.use(asset.id, async path => {
      const recordFetch = (answered: boolean) => {
        if (task.channelId !== null && !signal.aborted) fetched(task.channelId, answered)
      }
      const { bytes, sha256, facts } = await fetchTo(path, task, asset, signal).catch((error: unknown) => {
        recordFetch(isRefused(error))
        throw error
      })
      recordFetch(true)
      const { contentType } = facts
      const needsThumbnail = ffmpeg && !isWebpLink(task.result?.videos[asset.number]?.coverUrl)
      const thumbnail = needsThumbnail ? await makeThumbnail(path, contentType, task, asset.number) : null
      const location = `${task.id}/${sha256.slice(0, 16)}.${extensionOf(contentType)}`
      await archive.put(location, path, bytes, contentType)
      const lastFrame = await copyLastFrame(path, task, asset.number, signal)
      return { video: { location, bytes, contentType, sha256 }, facts, thumbnail, lastFrame }
    })
}

export type CopyFile = ReturnType<typeof createCopy>
