import type { Logger } from 'pino'
import type { Channel, Task } from '../db/index.ts'
import type { Signal } from '../lib/signal.ts'
import { intact } from '../lib/damaged.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { TaskDetailStore } from '../stores/task-details.ts'
import type { TaskSearchStore } from '../stores/task-search.ts'
import type { DeliveryChange, DeliveryStore } from '../stores/deliveries.ts'
import type { TaskChange } from '../stores/tasks.ts'

/** What changed, for pages that show it. `resync`: more than can be told; read the lists again. */
export type LiveEvent =
  | { type: 'task'; data: { id: string; state: string; key_id: string; channel_id: string | null; progress: number } }
  | { type: 'channel'; data: { id: string; health: { state: string; reason: string | null }; in_flight: number } }
  | { type: 'delivery'; data: { id: string; status: string } }
  | { type: 'settings'; data: Record<string, never> }
  | { type: 'budget'; data: { key_id: string } }
  | { type: 'resync'; data: Record<string, never> }

interface Dependencies {
  taskChanges: Signal<TaskChange>
  deliveryChanges: Signal<DeliveryChange>
  settingChanges: Signal
  deliveries: Pick<DeliveryStore, 'statusesOf'>
  details: TaskDetailStore
  search: Pick<TaskSearchStore, 'stateOf'>
  channels: ChannelStore
  log: Logger
}

const FLUSH_EVERY = 500
// channels have no signal of their own
const CHANNELS_EVERY = 4
const MOST_AT_ONCE = 200

/** Tells pages what changes, at most twice a second each. Nothing is read while nobody listens. */
export function createLive({
  taskChanges,
  deliveryChanges,
  settingChanges,
  deliveries,
  details,
  search,
  channels,
  log
}: Dependencies) {
  const listeners = new Set<(events: readonly LiveEvent[] | null) => void>()
  const changed = new Set<string>()
  const delivered = new Set<string>()
  const told = new Set<'resync' | 'settings'>()
  let seen: Map<string, string> | undefined
  let timer: NodeJS.Timeout | undefined
  let [round, busy, stopped] = [0, false, false]

  taskChanges.subscribe(({ id }) => {
    if (listeners.size) changed.add(id)
  })
  deliveryChanges.subscribe(({ ids }) => {
    if (listeners.size === 0) return
    if (ids === null) told.add('resync')
    else for (const id of ids) delivered.add(id)
  })
  settingChanges.subscribe(() => {
    if (listeners.size) told.add('settings')
  })

  async function news(): Promise<LiveEvent[]> {
    if (changed.size > MOST_AT_ONCE || delivered.size > MOST_AT_ONCE) told.add('resync')
    const words = [...told].map((type): LiveEvent => ({ type, data: {} }))
    const again = told.delete('resync')
    told.clear()
    if (!again) return [...words, ...(await taskEvents()), ...(await deliveryEvents())]
    changed.clear()
    delivered.clear()
    return words
  }

  async function taskEvents(): Promise<LiveEvent[]> {
    const ids = [...changed]
    changed.clear()
    if (ids.length === 0) return []
    const rows = await details.topOf(ids)
    const payers = new Set(rows.filter(isPaid).map(({ keyId }) => keyId))
    return [
      ...rows.map((task): LiveEvent => ({
        type: 'task',
        data: {
          id: task.id,
          state: search.stateOf(task),
          key_id: task.keyId,
          channel_id: task.channelId,
          progress: task.progress
        }
      })),
      ...[...payers].map((keyId): LiveEvent => ({ type: 'budget', data: { key_id: keyId } }))
    ]
  }

  async function deliveryEvents(): Promise<LiveEvent[]> {
    const ids = [...delivered]
    delivered.clear()
    const rows = await deliveries.statusesOf(ids)
    return rows.map((data): LiveEvent => ({ type: 'delivery', data }))
  }

  async function channelEvents(): Promise<LiveEvent[]> {
    const now = new Map<string, string>()
    const events: LiveEvent[] = []
    for (const channel of (await channels.list()).map(intact)) {
      const event = describe(channel)
      const text = JSON.stringify(event)
      now.set(channel.id, text)
      if (seen && seen.get(channel.id) !== text) events.push(event)
    }
    seen = now
    return events
  }

  async function flush() {
    if (busy) return
    busy = true
    try {
      const events = await news()
      if (round++ % CHANNELS_EVERY === 0) events.push(...(await channelEvents()))
      if (events.length) for (const listener of listeners) listener(events)
    } catch (error) {
      log.warn({ err: error }, 'live events: not read')
    } finally {
      busy = false
    }
  }

  return {
    /** Calls `listener` with what changed from now on, and with null when the server stops. Returns how to end that. */
    listen(listener: (events: readonly LiveEvent[] | null) => void): () => void {
      // a request that came before the stop and was identified after it
      if (stopped) {
        listener(null)
        return () => {}
      }
      listeners.add(listener)
      timer ??= setInterval(() => void flush(), FLUSH_EVERY)
      return () => {
        listeners.delete(listener)
        if (listeners.size) return
        clearInterval(timer)
        timer = seen = undefined
        for (const set of [changed, delivered, told]) set.clear()
        round = 0
      }
    },

    /** Ends all listening. */
    stop() {
      stopped = true
      for (const listener of listeners) listener(null)
      clearInterval(timer)
    }
  }
}

export type Live = ReturnType<typeof createLive>

/** Whether the task may have changed what its key has left: it was just held for, or has ended. */
const isPaid = ({ price, currency, status }: Task) => (price ?? currency) !== null && status !== 'in_progress'

const describe = ({ id, health, disabled, inFlight }: Channel): LiveEvent => ({
  type: 'channel',
  data: {
    id,
    health: { state: disabled ? 'disabled' : health.state, reason: health.reason ?? null },
    in_flight: inFlight
  }
})
