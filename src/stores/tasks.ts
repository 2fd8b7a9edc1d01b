import type { Database } from '../db/index.ts'
import type { Change } from '../domain/lifecycle.ts'
import { defined } from '../lib/defined.ts'
import type { AssetStore } from './assets.ts'
import { createLeases } from './leases.ts'
import type { LedgerStore } from './ledger.ts'
import { createQueueOrder } from './queue-order.ts'
import { createQueueReads } from './queue.ts'
import { createRequestStore } from './requests.ts'
import type { SlotStore } from './slots.ts'
import type { TaskMoment } from './task-moment.ts'
import { createTaskChanges } from './task-changes.ts'
import { createTaskEvents } from './task-events.ts'
import { createTaskReads } from './task-reads.ts'
import { createTaskResults } from './task-results.ts'
import { createTaskStarts } from './task-starts.ts'

/** The message that a task's row changed. */
export interface TaskChange {
  id: string
  /** an event was written with the change: deliveries may be due */
  event: boolean
  /** another node wrote it */
  remote: boolean
  /** set by the node that wrote it */
  moment?: TaskMoment
  /** it rests until then, and nothing became free for others; absent: something may be done at once */
  dueAt?: number
}

interface Dependencies {
  database: Database
  slots: SlotStore
  ledger: LedgerStore
  /** where finished files are queued for the archive; absent: nothing is archived */
  assets?: AssetStore
  /** called for every task whose row changed here */
  onChange?(change: TaskChange): void
}

/** Tasks: created and started (task-starts), changed and ended (task-changes), given the facts of their files (task-results), claimed (leases), queued (queue) and read (task-reads). */
export function createTaskStore({ database, slots, ledger, assets, onChange = () => {} }: Dependencies) {
  const requests = createRequestStore(database)
  const queue = createQueueOrder(database)
  const shared = {
    database,
    requests,
    slots,
    ledger,
    queue,
    emit: createTaskEvents(database),
    changed: (id: string, change?: Change, moment?: TaskMoment, dueAt?: number) =>
      onChange({ id, event: change?.notify !== undefined, remote: false, ...defined({ moment, dueAt }) })
  }
  return {
    ...createTaskReads(database),
    request: requests.get,
    requestSize: requests.size,
    sweepFiles: requests.sweep,
    missingSlot: slots.missing,
    expectedTag: queue.expectedTag,
    ...createTaskStarts(shared),
    ...createTaskChanges({ ...shared, assets }),
    ...createTaskResults(shared),
    ...createLeases(database),
    ...createQueueReads(database)
  }
}

export type TaskStore = ReturnType<typeof createTaskStore>
