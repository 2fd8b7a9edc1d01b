import type { Logger } from 'pino'
import { system, type By } from '../domain/audit.ts'
import {
  runtimeSettings,
  settingNames,
  storedSetting,
  type ConfiguredSetting,
  type RuntimeSettings,
  type SettingName,
  type SettingOrigin
} from '../domain/settings.ts'
import { ApiError } from '../errors.ts'
import type { Signal } from '../lib/signal.ts'
import type { ManagedStore } from '../stores/managed.ts'
import type { SettingStore } from '../stores/settings.ts'
import type { Audit } from './audit.ts'
import { createRefuseManaged, managedBy, type ManagedBy } from './managed.ts'

/** A setting as operators see it. */
export interface DescribedSetting extends Pick<ConfiguredSetting, 'env' | 'description'> {
  name: SettingName
  value: unknown
  /** what would hold without the database */
  fallback: unknown
  origin: SettingOrigin
  managedBy: ManagedBy | null
}

export type SettingChanges = { [Name in SettingName]?: RuntimeSettings[Name] | null | undefined }

interface Dependencies {
  store: SettingStore
  /** which of them the configuration file owns */
  managed: ManagedStore
  configured: Readonly<Record<SettingName, ConfiguredSetting>>
  /** emits when a value that holds here has changed, whichever node changed it */
  settingChanges: Signal
  log: Logger
}

const READ_EVERY = 2000

/** The settings that hold now: the environment's, else those of the database as they were a moment ago, else the defaults. */
export function createSettings({ store, managed, configured, settingChanges, log }: Dependencies) {
  let timer: NodeJS.Timeout | undefined
  let stored: ReadonlyMap<SettingName, string> = new Map()
  const refuseManaged = createRefuseManaged(managed)
  let current = merged(stored)

  function merged(texts: ReadonlyMap<SettingName, string>): RuntimeSettings {
    const values = settingNames.map(name => [name, describe(name, texts, null).value])
    return runtimeSettings.parse(Object.fromEntries(values))
  }

  function describe(
    name: SettingName,
    texts: ReadonlyMap<SettingName, string>,
    owner: ManagedBy | null
  ): DescribedSetting {
    const { isGiven, value: fallback, env, description } = configured[name]
    const text = texts.get(name)
    const own = isGiven || text === undefined ? undefined : storedSetting(name, text)
    const origin = isGiven ? 'env' : own === undefined ? 'default' : owner ? 'file' : 'database'
    return { name, env, description, fallback, value: own ?? fallback, origin, managedBy: owner }
  }

  /** Reads what the database has now. */
  async function refresh(): Promise<void> {
    stored = await store.read()
    const fresh = merged(stored)
    if (JSON.stringify(fresh) === JSON.stringify(current)) return
    current = fresh
    settingChanges.emit()
  }

  return {
    current: (): RuntimeSettings => current,
    refresh,

    /** Reads them again and again: another node, or the command line, may change them. */
    start() {
      // those that are known hold on
      const failed = (err: unknown) => log.warn({ err }, 'settings could not be read')
      timer = setInterval(() => void refresh().catch(failed), READ_EVERY)
    },

    stop: () => clearInterval(timer),

    async list(): Promise<DescribedSetting[]> {
      await refresh()
      const owned = await managedBy(managed, 'setting')
      return settingNames.map(name => describe(name, stored, owned.get(name) ?? null))
    },

    /** Changes settings; null returns one to its default. Throws conflict for one that the environment or the configuration file sets. */
    async change(set: SettingChanges, audit: Pick<Audit, 'record'>, by: By = system): Promise<DescribedSetting[]> {
      // true because the keys are those of the type
      const given = Object.entries(set).filter(([, value]) => value !== undefined) as [SettingName, unknown][]
      const fixed = given.find(([name]) => configured[name].isGiven)?.[0]
      if (fixed !== undefined)
        throw new ApiError('conflict', {
          param: fixed,
          message: `${fixed}: is set by ${configured[fixed].env} in the environment. Remove it there to change it here.`,
          shouldRetry: false
        })
      await audit.record(by, async tx => {
        for (const [name] of given) await refuseManaged('setting', name, tx)
        const before = await store.read(tx)
        await store.write(
          tx,
          given.map(([name, value]) => [name, value === null ? null : JSON.stringify(value)] as const)
        )
        const [old, fresh] = [merged(before), merged(await store.read(tx))]
        if (JSON.stringify(old) === JSON.stringify(fresh)) return [null, null]
        const target = { type: 'settings', id: 'settings', name: null } as const
        return [null, { action: 'settings.update', target, before: { ...old }, after: { ...fresh } }]
      })
      return this.list()
    }
  }
}

export type Settings = ReturnType<typeof createSettings>
