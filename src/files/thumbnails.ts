import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { Archive } from '../assets/archive.ts'
import type { Task } from '../db/index.ts'
import { isFannedOut } from '../domain/lifecycle.ts'
import { ApiError } from '../errors.ts'
import type { AssetStore } from '../stores/assets.ts'
import { isWebp } from '../lib/webp.ts'
import type { Incoming } from './incoming.ts'

interface Dependencies {
  assets: Pick<AssetStore, 'find' | 'add'>
  incoming: Incoming
  /** the archive, or the folder of files that are stored without one */
  files: Pick<Archive, 'put' | 'remove'>
  /** returns the child tasks of a fanned-out task */
  childrenOf(id: string): Promise<Task[]>
  now(): number
}

/** Pictures of videos that whoever looked at one first has drawn: its vendor made none, and there is no ffmpeg here. */
export function createThumbnails({ assets, incoming, files, childrenOf, now }: Dependencies) {
  /** Returns the task whose channel made the first video. */
  async function makerOf(task: Task): Promise<Task> {
    const children = isFannedOut(task) ? await childrenOf(task.id) : []
    return children.find(({ result }) => result !== null) ?? task
  }

  return {
    /**
     * Stores a WebP image as the thumbnail of a task's first video. Returns its hash. Throws video_not_ready, invalid_request when it is no
     * WebP image, and conflict when there is one already.
     */
    async store(task: Task, image: Buffer): Promise<{ bytes: number; sha256: string }> {
      if (task.status !== 'completed' || !task.result)
        throw new ApiError('video_not_ready', {
          message: 'Only the video of a succeeded task can have a thumbnail.'
        })
      if (!isWebp(image))
        throw new ApiError('invalid_request', { message: 'The body is not a WebP image.', shouldRetry: false })
      const maker = await makerOf(task)
      if (await assets.find(maker.id, 0, 'thumbnail')) throw exists()
      const sha256 = createHash('sha256').update(image).digest('hex')
      // several may come at once: each has its own files
      const name = randomBytes(8).toString('hex')
      const location = `${maker.id}/0-${name}.webp`
      await incoming.use(`${maker.id}-${name}`, async path => {
        await writeFile(path, image)
        await files.put(location, path, image.length, 'image/webp')
      })
      const isAdded = await assets.add(
        {
          taskId: maker.id,
          number: 0,
          variant: 'thumbnail',
          state: 'archived',
          location,
          bytes: image.length,
          sha256,
          contentType: 'image/webp',
          tries: 0,
          error: null,
          // the archiver gives it its end
          dueAt: now(),
          leaseUntil: null,
          createdAt: now()
        },
        now()
      )
      if (isAdded) return { bytes: image.length, sha256 }
      // another one was faster
      await files.remove(location)
      throw exists()
    }
  }
}

export type Thumbnails = ReturnType<typeof createThumbnails>

const exists = () => new ApiError('conflict', { message: 'This video already has a thumbnail.', shouldRetry: false })
