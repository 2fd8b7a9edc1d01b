import { basename } from 'node:path'
import type { Logger } from 'pino'
import { createAdmin } from '../admin/index.ts'
import { insideOf, type Database, type Db } from '../db/index.ts'
import { system, type By } from '../domain/audit.ts'
import { settingNames, type ConfiguredSetting, type RuntimeSettings, type SettingName } from '../domain/settings.ts'
import { createSignal, type Signal } from '../lib/signal.ts'
import type { Vault } from '../lib/vault.ts'
import { openStores } from '../stores/index.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Exchange } from '../upstream/exchange.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Deliver } from '../webhooks/deliver.ts'
import { createEndpoints } from '../webhooks/endpoints.ts'
import { createChecks } from './check.ts'
import { exportContent, type Exported } from './export.ts'
import { openOwnership, type Step } from './ownership.ts'
import { readConfigFile } from './read.ts'
import { namedBy, syncFile } from './sync.ts'

interface Dependencies {
  database: Database
  vault: Vault
  vendors: Record<string, Vendor>
  routing: Routing
  exchange: Exchange
  deliver: Deliver
  /** `ENDPOINTS_PER_KEY`: how many a key may have */
  config: { ENDPOINTS_PER_KEY: number }
  configured: Readonly<Record<SettingName, ConfiguredSetting>>
  refuseAddress(url: string): string | null
  /** for `${VAR}` */
  env: Record<string, string | undefined>
  keyChanges: Signal
  /** called when settings may have changed */
  onSettings(): Promise<void>
  now(): number
  log: Logger
}

/** The configuration file: it owns what it names, the database owns the rest. */
export function createConfigFile({
  database,
  vault,
  vendors,
  routing,
  exchange,
  deliver,
  config: { ENDPOINTS_PER_KEY: mostPerKey },
  configured,
  refuseAddress,
  env,
  keyChanges,
  onSettings,
  now,
  log
}: Dependencies) {
  const fallback = Object.fromEntries(settingNames.map(name => [name, configured[name].value])) as RuntimeSettings // true because these are the values of those names
  const checks = createChecks(vendors, refuseAddress)

  /** Returns the services as they work inside a transaction: caches learn of nothing before its end. */
  function toolsOf(tx: Db, by: By) {
    const inside = insideOf(database, tx)
    const stores = openStores(inside, unheard())
    const refuseManaged = async () => {}
    const shared = { stores, vault, refuseAddress, refuseManaged, now }
    const admin = createAdmin({
      ...shared,
      database: inside,
      routing: { ...routing, changed() {} },
      exchange,
      vendors,
      keyChanges: createSignal(),
      sessionChanges: createSignal()
    })
    const { endpoints: store, deliveries, keys } = stores
    const endpoints = createEndpoints({ ...shared, store, deliveries, keys, deliver, mostPerKey })
    return { ...admin, endpoints, stores, vault, checks: checks.channelChecks, by, fallback }
  }

  /** Nodes apply their files one after the other. */
  async function lock(tx: Db): Promise<void> {
    const { meta } = database
    const value = String(now())
    await tx
      .insert(meta)
      .values({ name: 'config_file', value })
      .onConflictDoUpdate({ target: meta.name, set: { value } })
  }

  async function sync(path: string, end: (steps: Step[]) => void): Promise<Step[]> {
    const file = await readConfigFile(path, { ...checks, env })
    const name = basename(path)
    const by: By = { ...system, actor: { kind: 'file', id: null, name }, via: 'file' }
    return database.transaction(async tx => {
      await lock(tx)
      const steps = await syncFile(toolsOf(tx, by), file)
      end(steps)
      return steps
    })
  }

  return {
    /** Applies a file, all of it or nothing. Returns what has changed. Throws ConfigFileError with every problem. */
    async apply(path: string): Promise<Step[]> {
      const steps = await sync(path, () => {})
      routing.changed()
      keyChanges.emit()
      await onSettings()
      for (const { kind, name, action, line } of steps)
        log.info({ kind, name, action, line }, 'changed by the configuration file')
      log.info({ file: path, changes: steps.length }, 'configuration file applied')
      return steps
    },

    /** Returns what `apply` would change. */
    async diff(path: string): Promise<Step[]> {
      let found: Step[] = []
      const undone = new Error('rolled back')
      try {
        await sync(path, steps => {
          found = steps
          throw undone
        })
      } catch (error) {
        if (error !== undone) throw error
      }
      return found
    },

    /** Gives everything back to the database, unchanged, when there is no file any more. */
    async release(by: By): Promise<Step[]> {
      return database.transaction(async tx => {
        await lock(tx)
        const tools = toolsOf(tx, by)
        const ownership = await openOwnership({ managed: tools.stores.managed, audit: tools.audit, by, path: '' })
        await ownership.release(async row => {
          const name = await namedBy(tools, row)
          return name === null ? null : { name, disabled: false }
        })
        return ownership.steps
      })
    },

    /** Returns the state of the database as a configuration file; of secrets only the names of variables. */
    export: (): Promise<Exported> => exportContent({ stores: openStores(database, unheard()), vault, vendors })
  }
}

const unheard = () => ({
  taskChanges: createSignal<never>(),
  deliveryChanges: createSignal<never>(),
  archives: false
})
