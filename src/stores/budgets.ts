import { and, asc, eq, gt, inArray, isNotNull, isNull } from 'drizzle-orm'
import type { Budget, Database } from '../db/index.ts'
import { thresholdOf, usedOf, windowOf } from '../domain/budget.ts'
import { damageIn } from '../lib/damaged.ts'
import { toMicro } from '../lib/money.ts'

/** A budget of which a key has used a good part. */
export interface UsedBudget {
  key: { id: string; name: string }
  budget: Budget
  /** micro-units, holds included */
  used: number
  limit: number
  /** percent: the highest of the thresholds that it has reached */
  threshold: number
  /** milliseconds; null: it never resets */
  resetsAt: number | null
}

const PAGE = 500

/** Budgets of all keys at once. */
export function createBudgetStore({ db, keys, spend }: Database) {
  async function page(after: string) {
    return db
      .select({ id: keys.id, name: keys.name, budget: keys.budget })
      .from(keys)
      .where(and(gt(keys.id, after), isNotNull(keys.budget), isNull(keys.revokedAt), eq(keys.disabled, false)))
      .orderBy(asc(keys.id))
      .limit(PAGE)
  }

  return {
    /** Returns the budgets that have reached a threshold in their current window. */
    async used(now: number): Promise<UsedBudget[]> {
      const found: UsedBudget[] = []
      for (let after = ''; ;) {
        const rows = await page(after)
        const accounts = rows.flatMap(({ id, name, budget }) => {
          if (!budget || damageIn({ budget }).length) return []
          return [{ key: { id, name }, budget, window: windowOf(budget, now), limit: toMicro(budget.amount) }]
        })
        const values = accounts.length
          ? await db
              .select()
              .from(spend)
              .where(
                and(
                  inArray(
                    spend.keyId,
                    accounts.map(({ key }) => key.id)
                  ),
                  inArray(spend.currency, [...new Set(accounts.map(({ budget }) => budget.currency))]),
                  inArray(spend.windowStart, [...new Set(accounts.map(({ window }) => window.start))])
                )
              )
          : []
        for (const { key, budget, window, limit } of accounts) {
          const row = values.find(
            one => one.keyId === key.id && one.currency === budget.currency && one.windowStart === window.start
          )
          const used = row ? usedOf(row) : 0
          const threshold = thresholdOf(used, limit)
          if (threshold > 0) found.push({ key, budget, used, limit, threshold, resetsAt: window.end })
        }
        const last = rows.at(-1)
        if (!last || rows.length < PAGE) return found
        after = last.id
      }
    }
  }
}

export type BudgetStore = ReturnType<typeof createBudgetStore>
