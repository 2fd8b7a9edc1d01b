import type { Task } from '../db/index.ts'
import { isFannedOut } from '../domain/lifecycle.ts'
import { ApiError } from '../errors.ts'
import type { AssetStore } from '../stores/assets.ts'
import { isWebp } from '../lib/webp.ts'
import type { StorePicture } from './store-picture.ts'

interface Dependencies {
  assets: Pick<AssetStore, 'find'>
  storePicture: StorePicture
  /** returns the child tasks of a fanned-out task */
  childrenOf(id: string): Promise<Task[]>
}

/** Pictures of videos that whoever looked at one first has drawn: its vendor made none, and there is no ffmpeg here. */
export function createThumbnails({ assets, storePicture, childrenOf }: Dependencies) {
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
      const stored = await storePicture({ task: maker, number: 0, variant: 'thumbnail', image })
      if (!stored) throw exists()
      return { bytes: image.length, sha256: stored.sha256 }
    }
  }
}

export type Thumbnails = ReturnType<typeof createThumbnails>

const exists = () => new ApiError('conflict', { message: 'This video already has a thumbnail.', shouldRetry: false })
