import type { Logger } from 'pino'
import type { Signal } from '../lib/signal.ts'
import type { DeliveryChange } from '../stores/deliveries.ts'
import type { Stores } from '../stores/index.ts'
import type { TaskChange } from '../stores/tasks.ts'
import type { Engine } from '../tasks/engine.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Deliver } from '../webhooks/deliver.ts'
import { createAccounts } from './accounts.ts'
import { createAttention } from './attention.ts'
import type { Audit } from './audit.ts'
import { disksOf } from './disk.ts'
import { createInsights } from './insights.ts'
import { createLive } from './live.ts'
import { createAdminTasks } from './tasks.ts'
import type { Usage } from './usage.ts'
import { createAdminWebhooks } from './webhooks.ts'

interface Dependencies {
  stores: Stores
  engine: Engine
  routing: Routing
  vendors: Readonly<Record<string, Vendor>>
  deliver: Pick<Deliver, 'notify'>
  audit: Audit
  usage: Usage
  taskChanges: Signal<TaskChange>
  deliveryChanges: Signal<DeliveryChange>
  settingChanges: Signal
  config: Parameters<typeof disksOf>[0] & { UNRESOLVED_HOLD_MS: number }
  now(): number
  log: Logger
}

/** What operators see of the work, and what they do to it: tasks, accounts, insights, webhooks, what needs a person, and all of it live. */
export function createViews({
  stores,
  engine,
  routing,
  vendors,
  deliver,
  audit,
  usage,
  taskChanges,
  deliveryChanges,
  settingChanges,
  config,
  now,
  log
}: Dependencies) {
  const { taskSearch: search, taskDetails: details, accountStats: stats } = stores
  const { tasks, durations } = engine
  const unresolvedHoldMs = config.UNRESOLVED_HOLD_MS
  const adminTasks = createAdminTasks({ ...stores, tasks, search, details, audit, unresolvedHoldMs })
  const signals = { taskChanges, deliveryChanges, settingChanges }
  return {
    adminTasks,
    adminWebhooks: createAdminWebhooks({ ...stores, deliver, audit, now }),
    insights: createInsights({ store: stores.insights, names: stores.names, adminTasks, now }),
    accounts: createAccounts({ ...stores, stats, durations, routing, usage, now }),
    live: createLive({ ...stores, ...signals, details, search, log }),
    attention: createAttention({
      ...stores,
      pricing: engine.pricing,
      vendors,
      routing,
      search,
      stats,
      usage,
      disks: () => disksOf(config),
      now
    })
  }
}
