import type { Database } from '../db/index.ts'
import type { Signal } from '../lib/signal.ts'
import { createAccountStats } from './account-stats.ts'
import { createAssetStore } from './assets.ts'
import { createAuditStore } from './audit.ts'
import { createBudgetStore } from './budgets.ts'
import { createChannelStore, createModelStore } from './channels.ts'
import { createCharacterStore } from './characters.ts'
import { createClockRepairStore } from './clock-repair.ts'
import { createDeliveryStore, type DeliveryChange } from './deliveries.ts'
import { createEndpointStore } from './endpoints.ts'
import { createExchangeStore } from './exchanges.ts'
import { createFollowUpStore } from './follow-ups.ts'
import { createIdempotencyStore } from './idempotency.ts'
import { createIncidentStore } from './incidents.ts'
import { createInsightStore } from './insights.ts'
import { createKeyStore } from './keys.ts'
import { createLedgerStore } from './ledger.ts'
import { createManagedStore } from './managed.ts'
import { createMetaStore } from './meta.ts'
import { createNameStore } from './names.ts'
import { createPresentStore } from './present.ts'
import { createSettingStore } from './settings.ts'
import { createSessionStore } from './sessions.ts'
import { createSlotStore } from './slots.ts'
import { createTaskDetailStore } from './task-details.ts'
import { createTaskSearch } from './task-search.ts'
import { createTaskStore, type TaskChange } from './tasks.ts'
import { createUnresolvedStore } from './unresolved.ts'
import { createUsageStore } from './usage.ts'
import { createUserStore } from './users.ts'

interface Options {
  /** emits every task whose row changes here */
  taskChanges: Signal<TaskChange>
  /** the same for deliveries */
  deliveryChanges: Signal<DeliveryChange>
  /** whether finished files are queued for the archive */
  archives: boolean
}

/** Creates every store over one database. */
export function openStores(database: Database, { taskChanges, deliveryChanges, archives }: Options) {
  const assets = createAssetStore(database)
  const ledger = createLedgerStore(database)
  const slots = createSlotStore(database)
  return {
    assets,
    ledger,
    channels: createChannelStore(database),
    models: createModelStore(database),
    keys: createKeyStore(database),
    tasks: createTaskStore({ database, slots, ledger, onChange: taskChanges.emit, ...(archives && { assets }) }),
    taskSearch: createTaskSearch(database),
    taskDetails: createTaskDetailStore(database),
    accountStats: createAccountStats(database),
    budgets: createBudgetStore(database),
    incidents: createIncidentStore(database),
    insights: createInsightStore(database),
    names: createNameStore(database),
    present: createPresentStore(database),
    exchanges: createExchangeStore(database),
    unresolved: createUnresolvedStore(database, ledger, slots),
    followUps: createFollowUpStore(database, ledger, slots),
    idempotency: createIdempotencyStore(database),
    characters: createCharacterStore(database),
    clockRepair: createClockRepairStore(database),
    deliveries: createDeliveryStore(database, ids => deliveryChanges.emit({ ids, remote: false })),
    endpoints: createEndpointStore(database),
    usage: createUsageStore(database),
    users: createUserStore(database),
    sessions: createSessionStore(database),
    audit: createAuditStore(database),
    settings: createSettingStore(database),
    managed: createManagedStore(database),
    meta: createMetaStore(database)
  }
}

export type Stores = ReturnType<typeof openStores>
