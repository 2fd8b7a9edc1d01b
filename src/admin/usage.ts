import type { Database, Key, LedgerEntry } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { toMicro } from '../lib/money.ts'
import { usedOf, windowOf } from '../domain/budget.ts'
import type { UsageFilter } from '../domain/usage.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { Adjustment, LedgerFilter, LedgerStore } from '../stores/ledger.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { UsageStore } from '../stores/usage.ts'

/** What a key has spent and held, in micro-units; times in milliseconds. */
export interface KeyUsage {
  currency: string
  spent: number
  held: number
  budget: { amount: number; window: string; remaining: number; resetsAt: number | null } | null
  /** other currencies, over all windows */
  others: { currency: string; spent: number; held: number }[]
}

interface Dependencies {
  db: Database['db']
  ledger: LedgerStore
  usage: UsageStore
  keys: KeyStore
  tasks: TaskStore
  now(): number
}

/** Usage reports, ledger entries and an operator's corrections. */
export function createUsage({ db, ledger, usage, keys, tasks, now }: Dependencies) {
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

    report: (filter: UsageFilter) => usage.report(filter),

    entries: (filter: LedgerFilter): Promise<LedgerEntry[]> => ledger.list(filter),

    /** Books a correction. Throws invalid_request when the key or the task does not exist, or the task is not the key's. */
    async adjust(adjustment: Adjustment): Promise<LedgerEntry> {
      const { keyId, taskId } = adjustment
      if (!(await keys.get(keyId))) throw invalid('key_id', `there is no key ${keyId}`)
      const task = taskId === null ? undefined : await tasks.get(taskId)
      if (taskId !== null && task?.keyId !== keyId) throw invalid('task_id', `this key has no task ${taskId}`)
      return ledger.adjust(adjustment, now())
    }
  }
}

export type Usage = ReturnType<typeof createUsage>

const invalid = (param: string, reason: string) =>
  new ApiError('invalid_request', { param, message: `${param}: ${reason}.` })
