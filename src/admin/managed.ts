import type { Db, ManagedKind } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { ManagedStore } from '../stores/managed.ts'

/** Where the configuration file defines an object. */
export interface ManagedBy {
  file: string
  line: number
}

/** Throws conflict when the configuration file owns the object. */
export type RefuseManaged = (kind: ManagedKind, id: string, on?: Db) => Promise<void>

/** Refuses changes of what the configuration file owns: the next start would undo them. */
export function createRefuseManaged(store: Pick<ManagedStore, 'get'>): RefuseManaged {
  return async (kind, id, on) => {
    const owned = await store.get(kind, id, on)
    if (!owned) return
    throw new ApiError('conflict', {
      message: `This ${words[kind]} is managed by ${owned.file}, line ${owned.line}. Change it there.`,
      shouldRetry: false
    })
  }
}

/** Returns where the objects of a kind are defined, by id; those that the database owns are absent. */
export async function managedBy(
  store: Pick<ManagedStore, 'list'>,
  kind: ManagedKind
): Promise<ReadonlyMap<string, ManagedBy>> {
  return new Map((await store.list(kind)).map(({ id, file, line }) => [id, { file, line }]))
}

const words = {
  channel: 'channel',
  model: 'model',
  key: 'key',
  webhook_endpoint: 'webhook endpoint',
  setting: 'setting'
} as const satisfies Record<ManagedKind, string>
