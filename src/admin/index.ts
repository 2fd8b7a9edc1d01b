import type { Database, Key } from '../db/index.ts'
import type { Signal } from '../lib/signal.ts'
import type { Vault } from '../lib/vault.ts'
import type { Stores } from '../stores/index.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Exchange } from '../upstream/exchange.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { createAudit } from './audit.ts'
import { createChannelChecks } from './channel-checks.ts'
import { createChannels } from './channels.ts'
import { createKeys } from './keys.ts'
import type { RefuseManaged } from './managed.ts'
import { createModels } from './models.ts'
import { createSessions } from './sessions.ts'
import { createSetup } from './setup.ts'
import { createUsage } from './usage.ts'
import { createUsers } from './users.ts'

interface Dependencies {
  database: Database
  stores: Stores
  routing: Pick<Routing, 'changed' | 'channel' | 'find'>
  exchange: Exchange
  vendors: Record<string, Vendor>
  /** keeps others than the configuration file from changing what it owns */
  refuseManaged: RefuseManaged
  vault: Vault
  /** emits every change of a key, so that caches of keys are invalidated */
  keyChanges: Signal
  /** the same for users and sessions */
  sessionChanges: Signal
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
  now(): number
}

/** Creates the services behind /admin and /console/api: channels, keys, models with their prices, usage; users, sessions, the audit. */
export function createAdmin({
  database,
  stores,
  routing,
  exchange,
  vendors,
  refuseManaged,
  vault,
  keyChanges,
  sessionChanges,
  refuseAddress,
  now
}: Dependencies) {
  const { channels, keys, models, ledger, tasks, usage, meta, names } = stores
  const onBudget = async ({ id, budget }: Key) => {
    if (budget) await ledger.rebase(id, budget.currency, now())
  }
  const audit = createAudit({ store: stores.audit, transaction: database.transaction, now })
  const onChange = sessionChanges.emit
  const checks = createChannelChecks({ vendors, refuseAddress })
  const users = createUsers({ store: stores.users, keys, sessions: stores.sessions, audit, now, onChange })
  return {
    audit,
    users,
    sessions: createSessions({ store: stores.sessions, audit, vault, now, onChange }),
    setup: createSetup({ meta, users, audit }),
    channels: createChannels({ store: channels, audit, routing, exchange, vault, checks, refuseManaged, now }),
    keys: createKeys({ store: keys, meta, audit, refuseManaged, vault, now, onChange: keyChanges.emit, onBudget }),
    models: createModels({ store: models, channels, audit, routing, refuseManaged, vendors, now }),
    usage: createUsage({ db: database.db, audit, ledger, usage, keys, tasks, names, now })
  }
}
