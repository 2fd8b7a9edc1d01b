import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import { firstFrame, spritesheet } from '../assets/thumbnail.ts'
import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { createSemaphore } from '../lib/semaphore.ts'
import type { Opened } from '../upstream/download.ts'
import { factsOf } from './facts.ts'
import type { Incoming } from './incoming.ts'
import { createMeter, mostBytes } from './limits.ts'
import type { Picture, StorePicture } from './store-picture.ts'
import { sizeOf } from './verify.ts'

interface Dependencies {
  store: StorePicture
  incoming: Incoming
  /** the largest video that is read for an image, in MB */
  maxMB: number
  /** milliseconds at an even rate */
  monotonic(): number
  log: Logger
}

// each reads a video and runs ffmpeg
const AT_ONCE = 2
const MOST_WAITING = 64
// those that ffmpeg could not make are not tried again by this process
const FAILED_KEPT = 1000

/** Makes images of finished videos with ffmpeg when somebody requests them first, and stores them like the videos. */
export function createPictures({ store, incoming, maxMB, monotonic, log }: Dependencies) {
  const running = new Map<string, Promise<unknown>>()
  const failed = new Set<string>()
  const inTurn = createSemaphore(AT_ONCE)

  async function draw(task: Task, number: number, variant: Picture, open: () => Promise<Opened>) {
    const name = `${task.id}-${number}-${randomBytes(4).toString('hex')}`
    return incoming.use(name, async video => {
      const opened = await open()
      if (!opened.ok) return null
      const asked =
        task.result?.videos[number]?.seconds ?? (task.milliseconds === null ? null : task.milliseconds / 1000)
      const count = createMeter({ most: mostBytes(maxMB, sizeOf(opened.headers), asked), now: monotonic })
      async function* counted(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          count(chunk.length)
          yield chunk
        }
      }
      await pipeline(opened.body, counted, createWriteStream(video)).catch((cause: unknown) => {
        throw new ApiError('video_unavailable', { cause, retryAfterSeconds: 5 })
      })
      const { contentType, seconds = asked } = await factsOf(video, opened.headers['content-type'] ?? 'video/mp4')
      const image = `${video}.webp`
      try {
        if (variant === 'thumbnail') await firstFrame(video, image, contentType)
        else await spritesheet(video, image, contentType, seconds)
        return await readFile(image)
      } catch (error) {
        log.warn({ task: task.id, variant, err: error }, 'image of a video could not be made')
        if (failed.size >= FAILED_KEPT) failed.clear()
        failed.add(idOf(task, number, variant))
        return null
      } finally {
        await rm(image, { force: true })
      }
    })
  }

  async function make(task: Task, number: number, variant: Picture, open: () => Promise<Opened>) {
    const image = await draw(task, number, variant, open)
    return image && store({ task, number, variant, image })
  }

  /**
   * Makes an image and stores it, unless another one was faster; does nothing when ffmpeg cannot make it. `open` opens the video. What is requested
   * twice at once is made once, also when the first client has gone. Throws what `open` throws, video_unavailable and overloaded.
   */
  return async function ensure(task: Task, number: number, variant: Picture, open: () => Promise<Opened>) {
    const id = idOf(task, number, variant)
    if (failed.has(id)) return
    if (!running.has(id)) {
      if (running.size >= MOST_WAITING) throw new ApiError('overloaded', { retryAfterSeconds: 5 })
      running.set(
        id,
        inTurn(() => make(task, number, variant, open)).finally(() => running.delete(id))
      )
    }
    await running.get(id)
  }
}

export type EnsurePicture = ReturnType<typeof createPictures>

const idOf = ({ id }: Task, number: number, variant: Picture) => `${id}-${number}-${variant}`
