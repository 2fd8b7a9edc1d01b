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
import type { AssetStore } from '../stores/assets.ts'
import type { TaskStore } from '../stores/tasks.ts'
import { retryDelay } from './policy.ts'
import type { Results } from './results.ts'

interface Dependencies {
  store: AssetStore
  tasks: TaskStore
  results: Results
  archive: Archive
  /** for files on their way */
  folder: string
  /** whether thumbnails can be made */
  ffmpeg: boolean
  /** how long finished files are kept; null: for good */
  retentionMs: number | null
  log: Logger
  now(): number
  random(): number
}

// copies of any length renew it
const LEASE = 30_000
const RENEW_EVERY = 10_000
const BATCH = 4
const TRIES = 12
const RETRY = 5000

/** Copies finished videos into the archive before the vendors' links die, and deletes what nobody may have any more. */
export function createKeeping({
  store,
  tasks,
  results,
  archive,
  folder,
  ffmpeg,
  retentionMs,
  log,
  now,
  random
}: Dependencies) {
  const inHand = new Set<string>()
  let renewedAt = 0
  let running: Promise<void> | undefined
  const stopped = new AbortController()

  async function keep(asset: Asset): Promise<void> {
    const task = await tasks.get(asset.taskId)
    if (!task?.result || task.deletedAt !== null) {
      await store.update(asset.id, { state: 'deleted', dueAt: null })
      return
    }
    const local = join(folder, asset.id)
    try {
      await mkdir(folder, { recursive: true })
      const { bytes, sha256, contentType } = await fetchTo(local, task, asset.number)
      const location = `${task.id}/${sha256.slice(0, 16)}.mp4`
      if (ffmpeg && task.result.videos[asset.number]?.coverUrl === undefined)
        await makeThumbnail(local, task, asset.number)
      await archive.put(location, local, bytes, contentType)
      await store.update(asset.id, { state: 'kept', location, bytes, sha256, contentType, dueAt: null, error: null })
      // deleted on the way: what was written just now is to go as well
      if ((await tasks.get(task.id))?.deletedAt !== null) await store.unwant([task.id], now())
      await tasks.setExpiry(task.id, retentionMs === null ? null : (task.finishedAt ?? now()) + retentionMs)
    } catch (error) {
      // cut short by our own end: its lease is given back, and the next start begins again
      if (stopped.signal.aborted) return store.update(asset.id, {})
      const tries = asset.tries + 1
      const lost = tries >= TRIES
      // a full disk or a bucket that is gone leaves the task finished: its link is served as long as it lives
      log.error({ task: task.id, tries, lost, err: error }, 'a finished video could not be kept')
      await store.update(asset.id, {
        tries,
        error: error instanceof Error ? error.message.slice(0, 500) : 'unknown',
        ...(lost ? { state: 'lost', dueAt: null } : { dueAt: now() + retryDelay(tries, RETRY, random()) })
      })
    } finally {
      await rm(local, { force: true })
    }
  }

  /** Streams to disk in constant memory, hashing on the way; all announced bytes must arrive. */
  async function fetchTo(path: string, task: Task, number: number) {
    const opened = await results.openFromVendor(task, {
      variant: 'video',
      number,
      method: 'GET',
      signal: stopped.signal
    })
    if (!opened.ok) throw new Error(`the vendor's file answers HTTP ${opened.status}`)
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

  async function makeThumbnail(video: string, task: Task, number: number) {
    const image = `${video}.webp`
    try {
      await firstFrame(video, image)
      const { size } = await stat(image)
      const location = `${task.id}/${number}.webp`
      await archive.put(location, image, size, 'image/webp')
      const kept = {
        state: 'kept',
        location,
        bytes: size,
        sha256: null,
        contentType: 'image/webp',
        tries: 0,
        error: null,
        dueAt: null,
        leaseUntil: null
      } as const
      await store.add({ taskId: task.id, number, variant: 'thumbnail', createdAt: now(), ...kept }, now())
    } catch (error) {
      log.warn({ task: task.id, err: error }, 'no thumbnail could be made')
    } finally {
      await rm(image, { force: true })
    }
  }

  async function remove(asset: Asset): Promise<void> {
    try {
      if (asset.location !== null) await archive.remove(asset.location)
      await store.update(asset.id, { dueAt: null, location: null })
    } catch (error) {
      log.error({ task: asset.taskId, err: error }, 'a kept file could not be deleted')
      await store.update(asset.id, { tries: asset.tries + 1, dueAt: now() + retryDelay(asset.tries, RETRY, random()) })
    }
  }

  async function round(): Promise<void> {
    await store.unwant(await store.outlived(now(), 100), now())
    while (!stopped.signal.aborted) {
      const due = await store.claimDue(now(), now() + LEASE, BATCH)
      if (due.length === 0) return
      for (const { id } of due) inHand.add(id)
      await Promise.all(
        due.map(asset =>
          (asset.state === 'deleted' ? remove(asset) : keep(asset)).finally(() => inHand.delete(asset.id))
        )
      )
    }
  }

  async function renew(): Promise<void> {
    if (inHand.size === 0 || now() - renewedAt < RENEW_EVERY) return
    renewedAt = now()
    await store.renew([...inHand], now() + LEASE)
  }

  return {
    /** Works off what is due; one round at a time, whose leases are renewed by being called. Resolves when it is done. */
    tick(): Promise<void> {
      renew().catch((error: unknown) => log.error({ err: error }, 'the leases of copies could not be renewed'))
      running ??= round()
        .catch((error: unknown) => log.error({ err: error }, 'a round of keeping broke'))
        .finally(() => (running = undefined))
      return running
    },

    sweep: () => archive.sweep(now()),

    async stop(): Promise<void> {
      stopped.abort()
      await running
    }
  }
}

export type Keeping = ReturnType<typeof createKeeping>
