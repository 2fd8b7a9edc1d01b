import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { Archive } from '../assets/archive.ts'
import type { Task } from '../db/index.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { Incoming } from './incoming.ts'

interface Dependencies {
  assets: Pick<AssetStore, 'add'>
  incoming: Incoming
  /** the archive, or the folder of files that are stored without one */
  files: Pick<Archive, 'put' | 'remove'>
  now(): number
}

/** Images that are made from a video, as WebP. */
export type Picture = 'thumbnail' | 'spritesheet'

/** A WebP image of one of a task's videos. */
export interface NewPicture {
  task: Task
  number: number
  variant: Picture
  image: Buffer
}

/** Returns a function that stores an image; it returns where, with its SHA-256, and null when the video has one already. */
export function createPictureStore({ assets, incoming, files, now }: Dependencies) {
  return async function store({ task, number, variant, image }: NewPicture) {
    const sha256 = createHash('sha256').update(image).digest('hex')
    // several may come at once: each has its own files
    const name = randomBytes(8).toString('hex')
    const location = `${task.id}/${number}-${name}.webp`
    await incoming.use(`${task.id}-${name}`, async path => {
      await writeFile(path, image)
      await files.put(location, path, image.length, 'image/webp')
    })
    const isAdded = await assets.add(
      {
        taskId: task.id,
        number,
        variant,
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
    if (isAdded) return { location, sha256 }
    // another one was faster
    await files.remove(location)
    return null
  }
}

export type StorePicture = ReturnType<typeof createPictureStore>
