import type { Logger } from 'pino'
import type { Signal } from '../lib/signal.ts'

interface Dependencies {
  /** redis://… or rediss://…; absent: this node shares nothing but the database */
  url: string | undefined
  /** this node's name */
  owner: string
  taskChanges: Signal<{ id: string; event: boolean; remote: boolean }>
  deliveryChanges: Signal<{ ids: readonly string[] | null; remote: boolean }>
  log: Logger
}

/** Connects to the Redis that nodes share, if there is one, and tells them and hears from them which rows have changed. */
export async function connectNodes({ url, owner, taskChanges, deliveryChanges, log }: Dependencies) {
  if (!url) return null
  const { openRedis } = await import('./redis.ts')
  const onRow = (id: string) =>
    id.startsWith('dlv_')
      ? deliveryChanges.emit({ ids: [id], remote: true })
      : taskChanges.emit({ id, event: false, remote: true })
  const redis = openRedis({ url, owner, onRow, log })
  taskChanges.subscribe(({ id, remote }) => !remote && redis.tell(id))
  deliveryChanges.subscribe(({ ids, remote }) => {
    if (!remote) for (const id of ids ?? []) redis.tell(id)
  })
  return redis
}
