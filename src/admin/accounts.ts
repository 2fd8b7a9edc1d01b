import type { Channel, Key } from '../db/index.ts'
import { intact } from '../lib/damaged.ts'
import { unionOf } from '../domain/capabilities.ts'
import { isUsable } from '../domain/route.ts'
import { percentile } from '../domain/statistics.ts'
import type { AccountStats, ChannelStats, KeyDay, KeyModel } from '../stores/account-stats.ts'
import type { Durations } from '../tasks/durations.ts'
import type { PublicModel, Routing } from '../tasks/routing.ts'
import type { ModelSpec } from '../vendors/vendor.ts'
import { managedBy, type ManagedBy } from './managed.ts'
import type { ManagedStore } from '../stores/managed.ts'
import type { KeyUsage, Usage } from './usage.ts'

/** A channel with what it has done in the last 24 hours; times in milliseconds. */
export interface ChannelAccount extends Pick<ChannelStats, 'ok' | 'failed' | 'lastSuccessAt' | 'lastError'> {
  channel: Channel
  p50: number | null
  p95: number | null
  /** queued tasks of the models that it serves */
  queued: number
  /** the end of its credential; null: it cannot be decrypted */
  credentialHint: string | null
  managedBy: ManagedBy | null
}

/** A key with what it has spent and what it does now. */
export interface KeyAccount {
  key: Key
  usage: KeyUsage
  queued: number
  /** the last 14 days in UTC, oldest first */
  days: SpentDay[]
  managedBy: ManagedBy | null
}

/** Days since 1970, in UTC; micro-units. */
export interface SpentDay {
  day: number
  spent: number
  videos: number
}

/** A model with what its channels can do together. */
export interface ModelAccount {
  /** the median of its last tasks, in milliseconds */
  usual: number | null
  /** why no new task could start; null: one could */
  reason: string | null
  capabilities: ModelSpec | undefined
  /** the values of a request's `mode`, where a vendor has it */
  modes: readonly string[]
  /** queued tasks */
  waiting: number
  managedBy: ManagedBy | null
}

interface Dependencies {
  stats: AccountStats
  managed: ManagedStore
  durations: Pick<Durations, 'usual'>
  routing: Routing
  usage: Usage
  now(): number
}

const DAY = 86_400_000
const DAYS = 14

/** Channels, keys and models with their numbers, as lists show them. */
export function createAccounts({ stats, managed, durations, routing, usage, now }: Dependencies) {
  async function hintOf(channel: Channel): Promise<string | null> {
    const connection = await routing.channel(channel.id).catch(() => undefined)
    const secret = connection?.vendor.credential.fields.find(field => field.secret)
    const text = secret && connection?.config.credential[secret.name]?.trim()
    // of a short one, four characters would tell too much
    return text ? `…${text.length >= 16 ? text.slice(-4) : ''}` : null
  }

  return {
    async ofChannels(channels: readonly Channel[]): Promise<ChannelAccount[]> {
      const [queued, owned] = await Promise.all([stats.queued('model'), managedBy(managed, 'channel')])
      return Promise.all(
        channels.map(async channel => {
          const { durations, ...known } = await stats.ofChannel(channel.id, now() - DAY)
          const sorted = durations.toSorted((a, b) => a - b)
          return {
            ...known,
            channel,
            p50: percentile(sorted, 0.5),
            p95: percentile(sorted, 0.95),
            queued: Object.keys(intact(channel).models).reduce((all, model) => all + (queued.get(model) ?? 0), 0),
            credentialHint: await hintOf(channel),
            managedBy: owned.get(channel.id) ?? null
          }
        })
      )
    },

    async ofModels(names: readonly string[]): Promise<ModelAccount[]> {
      const [queued, owned] = await Promise.all([stats.queued('model'), managedBy(managed, 'model')])
      return Promise.all(
        names.map(async name => {
          const model = await routing.find(name)
          const routes = model?.routes ?? []
          const usable = routes.filter(isUsable)
          const specs = (usable.length ? usable : routes).map(
            ({ vendor, upstreamModel }) => vendor.models[upstreamModel]
          )
          return {
            usual: await durations.usual(name),
            reason: reasonAgainst(model),
            capabilities: unionOf(specs),
            modes: [...new Set(specs.flatMap(spec => spec?.modes ?? []))],
            waiting: queued.get(name) ?? 0,
            managedBy: owned.get(name) ?? null
          }
        })
      )
    },

    async ofKeys(keys: readonly Key[]): Promise<KeyAccount[]> {
      const today = Math.floor(now() / DAY)
      const first = today - DAYS + 1
      const [queued, owned, days, usages] = await Promise.all([
        stats.queued('key'),
        managedBy(managed, 'key'),
        stats.daysOf(
          keys.map(({ id }) => id),
          first * DAY
        ),
        Promise.all(keys.map(key => usage.ofKey(intact(key))))
      ])
      return keys.map((key, index) => {
        const of = usages[index]! // one for each key
        return {
          key,
          usage: of,
          queued: queued.get(key.id) ?? 0,
          days: daysFrom(
            first,
            DAYS,
            days.filter(line => line.keyId === key.id),
            of.currency
          ),
          managedBy: owned.get(key.id) ?? null
        }
      })
    },

    /** Returns what a key has spent on each of the last days, oldest first, and with which models. Sums of days are in `currency`. */
    async historyOf(keyId: string, currency: string, count: number): Promise<{ days: SpentDay[]; models: KeyModel[] }> {
      const first = Math.floor(now() / DAY) - count + 1
      const [days, models] = await Promise.all([stats.daysOf([keyId], first * DAY), stats.modelsOf(keyId, first * DAY)])
      return { days: daysFrom(first, count, days, currency), models }
    }
  }
}

export type Accounts = ReturnType<typeof createAccounts>

const daysFrom = (first: number, count: number, lines: readonly KeyDay[], currency: string): SpentDay[] =>
  Array.from({ length: count }, (_, number) => {
    const ofDay = lines.filter(({ day }) => day === first + number)
    return {
      day: first + number,
      spent: ofDay.find(line => line.currency === currency)?.spent ?? 0,
      videos: ofDay.reduce((all, { videos }) => all + videos, 0)
    }
  })

function reasonAgainst(model: PublicModel | undefined): string | null {
  if (model?.settings?.disabled) return 'This model is disabled.'
  if (!model?.routes.length) return 'No channel serves this model.'
  if (model.routes.some(isUsable)) return null
  const reasons = model.routes.map(({ channel: { name, disabled, health } }) =>
    disabled || !health.reason ? `${name} is disabled` : `${name} is disabled: ${health.reason}`
  )
  return `None of its channels can be used. ${reasons.join('; ')}.`
}
