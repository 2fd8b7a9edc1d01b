import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import type { Asset, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { damageIn } from '../lib/damaged.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { CopyFile } from './copy.ts'
import { isRefused } from './vendor-file.ts'
import type { ChannelHealthService } from '../tasks/channel-health.ts'
import { retryDelay } from '../domain/policy.ts'

/** A try to copy a video: when it began, in milliseconds, and its size, or why it could not be copied. */
export interface CopyTry {
  startedAt: number
  bytes: number | null
  error: string | null
}

interface Dependencies {
  store: AssetStore
  tasks: TaskStore
  /** null: nothing is archived but images that are made here, which come by themselves */
  copy: CopyFile | null
  archive: Archive
  /** pauses downloads from vendors whose files could not be fetched lately */
  downloads: ChannelHealthService['downloads']
  /** how long finished files stay in the archive, in milliseconds; null: forever */
  retentionMs(): number | null
  log: Logger
  now(): number
  random(): number
  /** told of each try to copy a video */
  onCopy(task: Task, copy: CopyTry): void
}

// renewed while a copy runs
const LEASE = 30_000
const RENEW_EVERY = 10_000
const MAX_RUNNING = 64
const MAX_PER_CHANNEL = 4
// beyond these, a place is only for channels that have none
const SHARED_PLACES = MAX_RUNNING / 2
const POSTPONE = 2000
const madeHere = ['thumbnail', 'spritesheet']
const RETRY = 5000
const LONGEST_RETRY = 15 * 60_000
// for a file that its vendor refuses to send
const TRIES_IF_REFUSED = 12
// for any other: longer than vendors keep files
const GIVE_UP_AFTER = 7 * 24 * 60 * 60_000

/** Copies finished videos into the archive before the vendors' links expire, and deletes files of deleted tasks and those past their retention. */
export function createArchiver({
  store,
  tasks,
  copy,
  archive,
  downloads,
  retentionMs,
  log,
  now,
  random,
  onCopy
}: Dependencies) {
  const running = new Map<string, Promise<void>>()
  // copies: in sum, and by channel
  let copying = 0
  const ofChannel = new Map<string | null, number>()
  let renewedAt = 0
  let beginning: Promise<void> | undefined
  const stopped = new AbortController()

  function endOf({ finishedAt }: Task): number | null {
    const retention = retentionMs()
    return retention === null ? null : (finishedAt ?? now()) + retention
  }

  async function step(asset: Asset): Promise<void> {
    const task = await tasks.get(asset.taskId)
    if (asset.state === 'deleted' || !task?.result || task.deletedAt !== null) return remove(asset)
    if (asset.state === 'archived') return retire(asset, task)
    const columns = damageIn({ result: task.result })
    if (columns.length) {
      log.error({ task: task.id, columns }, 'archive: file given up, the row of its task is damaged')
      return store.update(asset.id, {
        state: 'lost',
        dueAt: null,
        error: `the row of its task is damaged: ${columns.join()}`
      })
    }
    if (!copy) return
    const { channelId } = task
    const others = ofChannel.get(channelId) ?? 0
    const places = copying < SHARED_PLACES ? MAX_PER_CHANNEL : 1
    const pause = channelId === null ? 0 : downloads.pause(channelId)
    if (pause > 0 || others >= places)
      return store.update(asset.id, { dueAt: now() + Math.max(POSTPONE, Math.round(pause * (1 + random()))) })
    copying++
    ofChannel.set(channelId, others + 1)
    await archiveOne(asset, task, copy).finally(() => {
      copying--
      ofChannel.set(channelId, (ofChannel.get(channelId) ?? 1) - 1)
    })
  }

  async function archiveOne(asset: Asset, task: Task, copyFile: CopyFile): Promise<void> {
    const startedAt = now()
    try {
      const { video, facts, thumbnail, lastFrame } = await copyFile(task, asset, stopped.signal)
      passCheckpoint('archived')
      const archived = { state: 'archived', error: null, dueAt: endOf(task) } as const
      for (const [variant, image] of Object.entries({ thumbnail, last_frame: lastFrame }))
        if (image) await addImage({ ...asset, ...archived, ...image, variant, sha256: null, leaseUntil: null })
      await tasks.recordFacts(task, asset.number, facts)
      await store.update(asset.id, { ...video, ...archived })
      onCopy(task, { startedAt, bytes: video.bytes, error: null })
      // the task was deleted meanwhile: delete its copy too
      if ((await tasks.get(task.id))?.deletedAt !== null) await store.cancel([task.id], now())
      await tasks.setExpiry(task.id, endOf(task))
    } catch (error) {
      // aborted because this process stops: release the lease, so that the next one starts over
      if (stopped.signal.aborted) return store.update(asset.id, {})
      const tries = asset.tries + 1
      const lost = (isRefused(error) && tries >= TRIES_IF_REFUSED) || now() - asset.createdAt > GIVE_UP_AFTER
      // the task stays completed even if the archive fails: its vendor's link is used while it works
      log.error({ task: task.id, tries, lost, err: error }, 'archive: video could not be copied')
      const reason = reasonOf(error)
      onCopy(task, { startedAt, bytes: null, error: reason })
      await store.update(asset.id, {
        tries,
        error: reason,
        ...(lost ? { state: 'lost', dueAt: null } : { dueAt: again(tries) })
      })
    }
  }

  /** Adds an image of a video, unless somebody requested it earlier, and it was made then. */
  async function addImage(image: Asset & { location: string }): Promise<void> {
    if (await store.add(image, now())) return
    const earlier = await store.find(image.taskId, image.number, image.variant)
    if (earlier?.location !== image.location) await archive.remove(image.location)
  }

  const again = (tries: number) => now() + retryDelay(tries, RETRY, random(), LONGEST_RETRY)

  /** Deletes an archived file past its retention; else sets its end, which a file from inside a vendor's answer does not have yet. */
  async function retire(asset: Asset, task: Task): Promise<void> {
    const end = endOf(task)
    if (end !== null && end <= now()) return remove(asset)
    await store.update(asset.id, { dueAt: end })
    if (asset.variant === 'video') await tasks.setExpiry(task.id, end)
  }

  async function remove(asset: Asset): Promise<void> {
    try {
      if (asset.location !== null) await archive.remove(asset.location)
      await store.update(asset.id, { state: 'deleted', dueAt: null, location: null })
    } catch (error) {
      log.error({ task: asset.taskId, err: error }, 'archive: file could not be deleted')
      await store.update(asset.id, { state: 'deleted', tries: asset.tries + 1, dueAt: again(asset.tries) })
    }
  }

  async function claim(): Promise<void> {
    if (running.size > 0 && Math.abs(now() - renewedAt) >= RENEW_EVERY) {
      renewedAt = now()
      await store.renew([...running.keys()], now() + LEASE)
    }
    const room = stopped.signal.aborted ? 0 : MAX_RUNNING - running.size
    for (const asset of room > 0 ? await store.claimDue(now(), now() + LEASE, room, copy ? undefined : madeHere) : []) {
      const work = step(asset)
        .catch((error: unknown) => log.error({ task: asset.taskId, err: error }, 'archive: step failed'))
        .finally(() => {
          running.delete(asset.id)
          // there is room for the next file
          void begin()
        })
      running.set(asset.id, work)
    }
  }

  /** Claims due files up to the limits, and renews the leases of running copies. One slow vendor does not delay files of others. */
  function begin(): Promise<void> {
    beginning ??= claim()
      .catch((error: unknown) => log.error({ err: error }, 'archive: round failed'))
      .finally(() => (beginning = undefined))
    return beginning
  }

  return {
    begin,

    /** Works through everything that is due. */
    async tick(): Promise<void> {
      await begin()
      while (running.size > 0) {
        await Promise.all(running.values())
        await begin()
      }
    },

    /** Removes what interrupted uploads left in the archive. */
    sweep: () => archive.sweep(now()),

    /** Aborts running copies and releases their leases. */
    async stop(): Promise<void> {
      stopped.abort()
      await beginning
      await Promise.all(running.values())
    }
  }
}

export type Archiver = ReturnType<typeof createArchiver>

/** Why a copy failed, for the operator: an error that clients see has the reason as its cause. */
function reasonOf(error: unknown): string {
  const reason = error instanceof ApiError && error.cause instanceof Error ? error.cause : error
  return reason instanceof Error ? reason.message.slice(0, 500) : 'unknown'
}
