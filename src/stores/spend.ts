import { and, asc, eq, gte, inArray, lt, lte, ne, sql } from 'drizzle-orm'
import type { Budget, Database, Db } from '../db/index.ts'
import { statement } from '../db/statement.ts'
import { lowestId, newId } from '../lib/ids.ts'
import { toDecimal, toMicro } from '../lib/money.ts'
import { thresholdOf, usedOf, total, windowOf, type BudgetWindow } from '../domain/budget.ts'

const { placeholder } = sql

/** One row of `spend`: a key's amounts in one window and currency. */
export interface Account {
  keyId: string
  currency: string
  windowStart: number
}

/** The budget account that a key's spending in a currency counts against now. `limit` in micro-units; null: unlimited. */
export interface BudgetAccount extends Account {
  limit: number | null
  budget: Budget | null
  window: BudgetWindow
}

export type Spend = Database['spend']['$inferSelect']

/** Budget accounts: counters next to the ledger, changed in its transactions. A budget is checked by one conditional update, exact across nodes. */
export function createSpendStore({ db, keys, spend, ledger, events }: Database) {
  const selectBudget = statement('budget_of_key', on =>
    on
      .select({ budget: keys.budget })
      .from(keys)
      .where(eq(keys.id, placeholder('id')))
  )
  const here = and(
    eq(spend.keyId, placeholder('keyId')),
    eq(spend.currency, placeholder('currency')),
    eq(spend.windowStart, placeholder('windowStart'))
  )
  const selectSpend = statement('spend_of_account', on => on.select().from(spend).where(here))
  const counters = { held: spend.held, spent: spend.spent, carriedOver: spend.carriedOver, announced: spend.announced }
  const committed = sql`${spend.carriedOver} + ${spend.held} + ${spend.spent}`
  const holdFreely = statement('spend_hold', on =>
    on
      .update(spend)
      .set({ held: sql`${spend.held} + ${placeholder('amount')}` })
      .where(here)
      .returning(counters)
  )
  const holdWithin = statement('spend_hold_within', on =>
    on
      .update(spend)
      .set({ held: sql`${spend.held} + ${placeholder('amount')}` })
      .where(and(here, lte(committed, placeholder('most'))))
      .returning(counters)
  )
  const end = statement('spend_end', on =>
    on
      .update(spend)
      .set({
        held: sql`${spend.held} - ${placeholder('held')}`,
        spent: sql`${spend.spent} + ${placeholder('spent')}`
      })
      .where(here)
      .returning(counters)
  )

  /** Creates the row of an account, with what was already committed in its window. */
  async function open(tx: Db, account: Account): Promise<void> {
    const carriedOver = await committedBefore(tx, account)
    await tx
      .insert(spend)
      .values({ ...account, carriedOver })
      .onConflictDoNothing()
  }

  // holds of this window that were counted in another row, because the budget was set or changed since, less what was released of them
  async function committedBefore(tx: Db, { keyId, currency, windowStart }: Account): Promise<number> {
    const elsewhere = and(
      eq(ledger.keyId, keyId),
      eq(ledger.currency, currency),
      ne(ledger.windowStart, windowStart),
      gte(ledger.id, lowestId('led', windowStart)),
      gte(ledger.createdAt, windowStart)
    )
    const sum = sql<string | null>`sum(${ledger.amount})`
    const held = tx
      .select({ taskId: ledger.taskId })
      .from(ledger)
      .where(and(elsewhere, eq(ledger.kind, 'hold')))
    const rows = await tx
      .select({ kind: ledger.kind, credit: sql<string>`${ledger.toAccount} like 'wallet:%'`, sum })
      .from(ledger)
      .where(
        and(
          elsewhere,
          ne(ledger.kind, 'capture'),
          sql`(${ledger.kind} <> 'release' or ${inArray(ledger.taskId, held)})`
        )
      )
      .groupBy(ledger.kind, sql`${ledger.toAccount} like 'wallet:%'`)
    const [plus, minus] = [false, true].map(back =>
      rows.filter(({ credit }) => Boolean(credit) === back).reduce((all, row) => all + Number(row.sum ?? 0), 0)
    )
    return Math.max(0, (plus ?? 0) - (minus ?? 0))
  }

  return {
    /** Returns the account that a key's spending in a currency counts against now; read in the transaction, so that a new budget applies at once. */
    async accountOf(tx: Db, keyId: string, currency: string, now: number): Promise<BudgetAccount> {
      const [key] = await selectBudget(tx, { id: keyId })
      const budget = key?.budget?.currency === currency ? key.budget : null
      const window = budget ? windowOf(budget, now) : total
      return {
        keyId,
        currency,
        windowStart: window.start,
        limit: budget && toMicro(budget.amount),
        budget,
        window
      }
    },

    /** Holds an amount (micro-units) if the account allows it; false: it does not, and nothing was written. Announces thresholds. */
    async hold(tx: Db, account: BudgetAccount, amount: number, now: number): Promise<boolean> {
      const { keyId, currency, windowStart, limit } = account
      const values = { keyId, currency, windowStart, amount }
      // a free request fits into every budget
      const take = () =>
        limit === null || amount === 0 ? holdFreely(tx, values) : holdWithin(tx, { ...values, most: limit - amount })
      let [row] = await take()
      if (!row && !(await this.find(tx, account))) {
        await open(tx, { keyId, currency, windowStart })
        ;[row] = await take()
      }
      if (row) await announce(tx, account, row, now)
      return row !== undefined
    },

    /** Ends a hold: `spent` of it is spent, the rest is available again. */
    async settle(tx: Db, { keyId, currency, windowStart }: Account, held: number, spent: number): Promise<void> {
      const changed = await end(tx, { keyId, currency, windowStart, held, spent })
      if (changed.length === 0) throw new Error(`no spend row for ${keyId} ${currency} ${windowStart}`)
    },

    /** Adds to the spent amount without a hold; negative amounts refund. Not limited by the budget. */
    async adjust(tx: Db, account: BudgetAccount, amount: number, now: number): Promise<void> {
      const { keyId, currency, windowStart } = account
      if (!(await this.find(tx, account))) await open(tx, { keyId, currency, windowStart })
      const [row] = await end(tx, { keyId, currency, windowStart, held: 0, spent: amount })
      if (row) await announce(tx, account, row, now)
    },

    /** After a key's budget was changed: what its window has committed in other accounts is carried over to this one. */
    async rebase(tx: Db, account: BudgetAccount): Promise<void> {
      const { keyId, currency, windowStart, budget } = account
      if (!budget || !(await this.find(tx, account))) return
      const carriedOver = await committedBefore(tx, { keyId, currency, windowStart })
      await tx
        .update(spend)
        .set({ carriedOver, announced: 0 })
        .where(and(eq(spend.keyId, keyId), eq(spend.currency, currency), eq(spend.windowStart, windowStart)))
    },

    async find(on: Db, { keyId, currency, windowStart }: Account): Promise<Spend | undefined> {
      const [row] = await selectSpend(on, { keyId, currency, windowStart })
      return row
    },

    /** Returns a key's held and spent amounts by currency, over all windows. */
    async totalsOf(keyId: string): Promise<{ currency: string; held: number; spent: number }[]> {
      const rows = await db
        .select({
          currency: spend.currency,
          held: sql<number>`sum(${spend.held})`,
          spent: sql<number>`sum(${spend.spent})`
        })
        .from(spend)
        .where(eq(spend.keyId, keyId))
        .groupBy(spend.currency)
        .orderBy(asc(spend.currency))
      return rows.map(({ currency, held, spent }) => ({ currency, held: Number(held), spent: Number(spent) }))
    }
  }

  /** Announces a threshold once per window: the row is locked by the update that reached it. */
  async function announce(
    tx: Db,
    { keyId, currency, windowStart, limit, budget, window }: BudgetAccount,
    row: Pick<Spend, 'held' | 'spent' | 'carriedOver' | 'announced'>,
    now: number
  ): Promise<void> {
    if (limit === null || !budget) return
    const used = usedOf(row)
    const threshold = thresholdOf(used, limit)
    if (threshold <= row.announced) return
    await tx
      .update(spend)
      .set({ announced: threshold })
      .where(
        and(
          eq(spend.keyId, keyId),
          eq(spend.currency, currency),
          eq(spend.windowStart, windowStart),
          lt(spend.announced, threshold)
        )
      )
    await tx.insert(events).values({
      id: newId('evt', now),
      type: 'budget.threshold_reached',
      taskId: null,
      keyId,
      data: {
        id: keyId,
        threshold,
        used: toDecimal(used),
        amount: toDecimal(limit),
        currency,
        window: budget.window,
        resets_at: window.end === null ? null : Math.floor(window.end / 1000)
      },
      pending: true,
      createdAt: now
    })
  }
}
