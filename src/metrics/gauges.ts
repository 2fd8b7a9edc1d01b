import { Gauge, type Registry } from '@prometheus-io/client'
import type { ChannelStore } from '../stores/channels.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { PresentStore } from '../stores/present.ts'
import type { ChannelHealthService } from '../tasks/channel-health.ts'
import { intact } from '../lib/damaged.ts'

export interface GaugeSources {
  present: PresentStore
  channels: Pick<ChannelStore, 'list'>
  assets: Pick<AssetStore, 'troubled'>
  health: Pick<ChannelHealthService, 'polls' | 'downloads'>
  /** free and total bytes of the disk with the data */
  disk(): { free: number; total: number }
  /** null: without Redis */
  redis: { isUp(): boolean } | null
  now(): number
}

const SHARED = 'From the database, so every node says the same: use max() over nodes, not sum().'
const states = ['ok', 'cooling', 'disabled', 'off'] as const

/**
 * Registers what there is right now. Returns a function that reads it for a scrape: gauges of a database that does not answer are absent, and
 * `reelay_database_up` is 0.
 */
export function createGauges(
  registry: Registry,
  { present, channels, assets, health, disk, redis, now }: GaugeSources
) {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })

  const isUp = gauge('reelay_database_up', 'Whether the database answered this scrape: 1 or 0.')
  const redisUp = redis && gauge('reelay_redis_up', 'Whether Redis answers this node: 1 or 0.')
  const free = gauge('reelay_disk_free_bytes', 'Free space on the disk with DATA_DIR.')
  const size = gauge('reelay_disk_size_bytes', 'Size of the disk with DATA_DIR.')
  const queued = gauge('reelay_queue_tasks', `Tasks that wait for a slot. ${SHARED}`, ['model'])
  const oldest = gauge('reelay_queue_oldest_seconds', `Age of the oldest task that waits for a slot. ${SHARED}`, [
    'model'
  ])
  const used = gauge('reelay_channel_slots_used', `Tasks in flight at a channel. ${SHARED}`, ['channel'])
  const limit = gauge(
    'reelay_channel_slots_limit',
    `Tasks that a channel takes at once, set or learned; absent: no limit. ${SHARED}`,
    ['channel']
  )
  const state = gauge(
    'reelay_channel_state',
    `1 for the state of a channel: ok, cooling (no submits for a while), disabled (credential or balance), off (by an operator). ${SHARED}`,
    ['channel', 'state']
  )
  const breaker = gauge(
    'reelay_channel_breaker_open',
    'Whether this node pauses calls to a channel that did not answer: 1 or 0.',
    ['channel', 'calls']
  )
  const undecided = gauge('reelay_tasks_undecided', `Submits of unknown outcome that wait for a decision. ${SHARED}`)
  const pending = gauge('reelay_webhook_deliveries_pending', `Deliveries that have not succeeded yet. ${SHARED}`)
  const files = gauge(
    'reelay_archive_files_failing',
    `Finished videos that could not be archived: retrying, or lost. ${SHARED}`,
    ['state']
  )
  const shared = [queued, oldest, used, limit, state, breaker, undecided, pending, files]

  async function readDatabase(): Promise<void> {
    const [waiting, accounts, open, unsent, troubled] = await Promise.all([
      present.queued(),
      channels.list(),
      present.undecided(),
      present.pendingDeliveries(),
      assets.troubled()
    ])
    for (const one of shared) one.reset()
    for (const { model, count, since } of waiting) {
      queued.set({ model }, count)
      oldest.set({ model }, Math.max(0, now() - since) / 1000)
    }
    for (const account of accounts.map(intact)) {
      const { id, name: channel, inFlight, learnedLimit, maxConcurrency } = account
      used.set({ channel }, inFlight)
      const most = learnedLimit ?? maxConcurrency
      if (most !== null) limit.set({ channel }, most)
      const current = account.disabled ? 'off' : account.health.state
      for (const one of states) state.set({ channel, state: one }, Number(one === current))
      for (const calls of ['polls', 'downloads'] as const)
        breaker.set({ channel, calls }, Number(health[calls].pause(id) > 0))
    }
    undecided.set(open)
    pending.set(unsent)
    files.set({ state: 'retrying' }, troubled.waiting)
    files.set({ state: 'lost' }, troubled.lost)
  }

  return async (): Promise<void> => {
    const space = disk()
    free.set(space.free)
    size.set(space.total)
    redisUp?.set(Number(redis?.isUp() ?? 0))
    try {
      await readDatabase()
      isUp.set(1)
    } catch {
      for (const one of shared) one.reset()
      // without labels a reset is a zero
      for (const one of [undecided, pending]) one.remove()
      isUp.set(0)
    }
  }
}
