import type { Database, Key } from '../db/index.ts'
import type { Signal } from '../lib/signal.ts'
import type { Vault } from '../lib/vault.ts'
import type { Stores } from '../stores/index.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Exchange } from '../upstream/exchange.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { createChannels } from './channels.ts'
import { createKeys } from './keys.ts'
import { createModels } from './models.ts'
import { createUsage } from './usage.ts'

interface Dependencies {
  database: Database
  stores: Stores
  routing: Routing
  exchange: Exchange
  vendors: Record<string, Vendor>
  vault: Vault
  /** emits every change of a key, so that caches of keys are invalidated */
  keyChanges: Signal
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
  now(): number
}

/** Creates the services behind /admin: channels, keys, models with their prices, usage. */
export function createAdmin({
  database,
  stores,
  routing,
  exchange,
  vendors,
  vault,
  keyChanges,
  refuseAddress,
  now
}: Dependencies) {
  const { channels, keys, models, ledger, tasks, usage } = stores
  const onBudget = async ({ id, budget }: Key) => {
    if (budget) await ledger.rebase(id, budget.currency, now())
  }
  return {
    channels: createChannels({ store: channels, routing, exchange, vault, vendors, now, refuseAddress }),
    keys: createKeys({ store: keys, vault, now, onChange: keyChanges.emit, onBudget }),
    models: createModels({ store: models, channels, routing, vendors, now }),
    usage: createUsage({ db: database.db, ledger, usage, keys, tasks, now })
  }
}
