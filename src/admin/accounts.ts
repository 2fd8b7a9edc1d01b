import type { Channel, Key } from '../db/index.ts'
import { percentile } from '../domain/statistics.ts'
import type { AccountStats, ChannelStats } from '../stores/account-stats.ts'
import type { Routing } from '../tasks/routing.ts'
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
}

/** A key with what it has spent and what it does now. */
export interface KeyAccount {
  key: Key
  usage: KeyUsage
  queued: number
  /** the last 14 days in UTC, oldest first */
  days: { day: number; spent: number; videos: number }[]
}

interface Dependencies {
  stats: AccountStats
  routing: Routing
  usage: Usage
  now(): number
}

const DAY = 86_400_000
const DAYS = 14

/** Channels and keys with their numbers, as lists show them. */
export function createAccounts({ stats, routing, usage, now }: Dependencies) {
  async function hintOf(channel: Channel): Promise<string | null> {
    const connection = await routing.channel(channel.id).catch(() => undefined)
    const secret = connection?.vendor.credential.fields.find(field => field.secret)
    const text = secret && connection?.config.credential[secret.name]?.trim()
    // of a short one, four characters would tell too much
    return text ? `…${text.length >= 16 ? text.slice(-4) : ''}` : null
  }

  return {
    async ofChannels(channels: readonly Channel[]): Promise<ChannelAccount[]> {
      const queued = await stats.queued('model')
      return Promise.all(
        channels.map(async channel => {
          const { durations, ...known } = await stats.ofChannel(channel.id, now() - DAY)
          const sorted = durations.toSorted((a, b) => a - b)
          return {
            ...known,
            channel,
            p50: percentile(sorted, 0.5),
            p95: percentile(sorted, 0.95),
            queued: Object.keys(channel.models).reduce((all, model) => all + (queued.get(model) ?? 0), 0),
            credentialHint: await hintOf(channel)
          }
        })
      )
    },

    async ofKeys(keys: readonly Key[]): Promise<KeyAccount[]> {
      const today = Math.floor(now() / DAY)
      const first = today - DAYS + 1
      const [queued, days, usages] = await Promise.all([
        stats.queued('key'),
        stats.daysOf(
          keys.map(({ id }) => id),
          first * DAY
        ),
        Promise.all(keys.map(usage.ofKey))
      ])
      return keys.map((key, index) => {
        const of = usages[index]! // one for each key
        return {
          key,
          usage: of,
          queued: queued.get(key.id) ?? 0,
          days: Array.from({ length: DAYS }, (_, number) => {
            const lines = days.filter(line => line.keyId === key.id && line.day === first + number)
            return {
              day: first + number,
              spent: lines.find(({ currency }) => currency === of.currency)?.spent ?? 0,
              videos: lines.reduce((all, { videos }) => all + videos, 0)
            }
          })
        }
      })
    }
  }
}

export type Accounts = ReturnType<typeof createAccounts>
