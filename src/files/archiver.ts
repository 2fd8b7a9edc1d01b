import type { Logger } from 'pino'
import type { Archive } from '../assets/archive.ts'
import type { Asset, Task } from '../db/index.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { TaskStore } from '../stores/tasks.ts'
import { isGone, type CopyFile } from './copy.ts'
import type { ChannelHealthService } from '../tasks/channel-health.ts'
import { retryDelay } from '../domain/policy.ts'

interface Dependencies {
  store: AssetStore
  tasks: TaskStore
  copy: CopyFile
  archive: Archive
  /** vendors whose files could not be fetched lately are left in peace */
  downloads: ChannelHealthService['downloads']
  /** how long finished files stay in the archive; null: for good */
  retentionMs: number | null
  log: Logger
  now(): number
  random(): number
}

// copies of any length renew it
const LEASE = 30_000
const RENEW_EVERY = 10_000
const MOST = 8
const MOST_OF_CHANNEL = 4
const SOON = 2000
const RETRY = 5000
const LONGEST_RETRY = 15 * 60_000
// a file that its vendor says is gone, and one that could not be had for as long as any vendor keeps them
const TRIES_IF_GONE = 12
const GIVE_UP = 7 * 24 * 60 * 60_000

/** Copies finished videos into the archive before the vendors' links die, and deletes what nobody may have any more. */
export function createArchiver({
  store,
  tasks,
  copy,
  archive,
  downloads,
  retentionMs,
  log,
  now,
  random
}: Dependencies) {
  const running = new Map<string, Promise<void>>()
  const ofChannel = new Map<string | null, number>()
  let renewedAt = 0
  let beginning: Promise<void> | undefined
  const stopped = new AbortController()

  const endOf = ({ finishedAt }: Task) => (retentionMs === null ? null : (finishedAt ?? now()) + retentionMs)

  async function step(asset: Asset): Promise<void> {
    const task = await tasks.get(asset.taskId)
    if (asset.state === 'deleted' || !task?.result || task.deletedAt !== null) return remove(asset)
    if (asset.state === 'archived') return retire(asset, task)
    const { channelId } = task
    const crowd = ofChannel.get(channelId) ?? 0
    const pause = channelId === null ? 0 : downloads.pause(channelId)
    if (pause > 0 || crowd >= MOST_OF_CHANNEL)
      return store.update(asset.id, { dueAt: now() + Math.max(SOON, Math.round(pause * (1 + random()))) })
    ofChannel.set(channelId, crowd + 1)
    await archiveOne(asset, task).finally(() => ofChannel.set(channelId, (ofChannel.get(channelId) ?? 1) - 1))
  }

  async function archiveOne(asset: Asset, task: Task): Promise<void> {
    try {
      const { thumbnail, ...copied } = await copy(task, asset, stopped.signal)
      passCheckpoint('archived')
      const archived = { state: 'archived', error: null, dueAt: endOf(task) } as const
      if (thumbnail)
        await store.add(
          { ...asset, ...archived, ...thumbnail, variant: 'thumbnail', sha256: null, leaseUntil: null },
          now()
        )
      await store.update(asset.id, { ...copied, ...archived })
      // deleted on the way: what was written just now is to go as well
      if ((await tasks.get(task.id))?.deletedAt !== null) await store.cancel([task.id], now())
      await tasks.setExpiry(task.id, endOf(task))
    } catch (error) {
      // cut short by our own end: its lease is given back, and the next start begins again
      if (stopped.signal.aborted) return store.update(asset.id, {})
      const tries = asset.tries + 1
      const lost = (isGone(error) && tries >= TRIES_IF_GONE) || now() - asset.createdAt > GIVE_UP
      // a full disk or a bucket that is gone leaves the task finished: its link is served as long as it lives
      log.error({ task: task.id, tries, lost, err: error }, 'a finished video could not be archived')
      await store.update(asset.id, {
        tries,
        error: error instanceof Error ? error.message.slice(0, 500) : 'unknown',
        ...(lost ? { state: 'lost', dueAt: null } : { dueAt: again(tries) })
      })
    }
  }

  const again = (tries: number) => now() + retryDelay(tries, RETRY, random(), LONGEST_RETRY)

  /** What lies in the archive goes when its time is over; what came inside the vendor's answer has been told none yet. */
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
      log.error({ task: asset.taskId, err: error }, 'an archived file could not be deleted')
      await store.update(asset.id, { state: 'deleted', tries: asset.tries + 1, dueAt: again(asset.tries) })
    }
  }

  async function claim(): Promise<void> {
    if (running.size > 0 && Math.abs(now() - renewedAt) >= RENEW_EVERY) {
      renewedAt = now()
      await store.renew([...running.keys()], now() + LEASE)
    }
    const room = stopped.signal.aborted ? 0 : MOST - running.size
    for (const asset of room > 0 ? await store.claimDue(now(), now() + LEASE, room) : []) {
      const work = step(asset)
        .catch((error: unknown) => log.error({ task: asset.taskId, err: error }, 'an archive step failed'))
        .finally(() => {
          running.delete(asset.id)
          // one that is done makes room for the next
          void begin()
        })
      running.set(asset.id, work)
    }
  }

  /** Takes up what is due, as far as there is room; its leases are renewed by being called. One slow vendor delays no other's files. */
  function begin(): Promise<void> {
    beginning ??= claim()
      .catch((error: unknown) => log.error({ err: error }, 'an archive round failed'))
      .finally(() => (beginning = undefined))
    return beginning
  }

  return {
    begin,

    /** Works off all that is due. */
    async tick(): Promise<void> {
      await begin()
      while (running.size > 0) {
        await Promise.all(running.values())
        await begin()
      }
    },

    sweep: () => archive.sweep(now()),

    async stop(): Promise<void> {
      stopped.abort()
      await beginning
      await Promise.all(running.values())
    }
  }
}

export type Archiver = ReturnType<typeof createArchiver>
