import type { Database, Key, LedgerEntry } from '../db/index.ts'
import { system, type By } from '../domain/audit.ts'
import { ApiError } from '../errors.ts'
import { defined } from '../lib/defined.ts'
import { toDecimal, toMicro } from '../lib/money.ts'
import { usedOf, windowOf } from '../domain/budget.ts'
import type { UsageFilter, UsageLine } from '../domain/usage.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { Adjustment, LedgerFilter, LedgerStore } from '../stores/ledger.ts'
import type { NameStore } from '../stores/names.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { UsageStore } from '../stores/usage.ts'
import type { Audit } from './audit.ts'

/** What a key has spent and held, in micro-units; times in milliseconds. */
export interface KeyUsage {
  currency: string
  spent: number
  held: number
  budget: { amount: number; window: string; remaining: number; resetsAt: number | null } | null
  /** other currencies, over all windows */
  others: { currency: string; spent: number; held: number }[]
}

/** A line of a report with the names of its key and its channel, also of revoked and deleted ones. */
export interface NamedLine extends UsageLine {
  names: { key?: string; channel?: string }
}

interface Dependencies {
  db: Database['db']
  audit: Audit
  ledger: LedgerStore
  usage: UsageStore
  keys: KeyStore
  tasks: TaskStore
  names: NameStore
  now(): number
}

/** Usage reports, ledger entries and an operator's corrections. */
export function createUsage({ db, audit, ledger, usage, keys, tasks, names, now }: Dependencies) {
  return {
    /** Returns what a key has spent and held: in the current window of its budget, else since it was created. */
    async ofKey({ id, budget }: Pick<Key, 'id' | 'budget'>): Promise<KeyUsage> {
      const totals = await ledger.spend.totalsOf(id)
      if (!budget) {
        const [first = { currency: 'USD', spent: 0, held: 0 }, ...others] = totals
        return { ...first, budget: null, others }
      }
      const { amount, currency, window } = budget
      const { start, end } = windowOf(budget, now())
      const row = (await ledger.spend.find(db, { keyId: id, currency, windowStart: start })) ?? {
        held: 0,
        spent: 0,
        carriedOver: 0
      }
      return {
        currency,
        spent: row.spent + row.carriedOver,
        held: row.held,
        budget: {
          amount: toMicro(amount),
          window,
          remaining: Math.max(0, toMicro(amount) - usedOf(row)),
          resetsAt: end
        },
        others: totals.filter(other => other.currency !== currency)
      }
    },

    async report(filter: UsageFilter): Promise<NamedLine[]> {
      const lines = await usage.report(filter)
      const [keyNames, channelNames] = await Promise.all([
        names.keys(lines.map(line => line.key)),
        names.channels(lines.map(line => line.channel))
      ])
      return lines.map(line => ({
        ...line,
        names: defined({ key: keyNames.get(line.key ?? ''), channel: channelNames.get(line.channel ?? '') })
      }))
    },

    entries: (filter: LedgerFilter): Promise<LedgerEntry[]> => ledger.list(filter),

    /** Books a correction. Throws invalid_request when the key or the task does not exist, or the task is not the key's. */
    async adjust(adjustment: Adjustment, by: By = system): Promise<LedgerEntry> {
      const { keyId, taskId, amount, currency, reason } = adjustment
      const key = await keys.get(keyId)
      if (!key) throw invalid('key_id', `there is no key ${keyId}`)
      const task = taskId === null ? undefined : await tasks.get(taskId)
      if (taskId !== null && task?.keyId !== keyId) throw invalid('task_id', `this key has no task ${taskId}`)
      return audit.record(by, async tx => {
        const entry = await ledger.adjust(tx, adjustment, now())
        const after = { key: key.id, task: taskId, amount: toDecimal(amount), currency, reason }
        return [entry, { action: 'ledger.adjust', target: { type: 'ledger', id: entry.id, name: key.name }, after }]
      })
    }
  }
}

export type Usage = ReturnType<typeof createUsage>

const invalid = (param: string, reason: string) =>
  new ApiError('invalid_request', { param, message: `${param}: ${reason}.` })
