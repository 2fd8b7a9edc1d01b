import { and, asc, eq, gte, inArray, lt, lte, ne, sql } from 'drizzle-orm'
import type { Budget, Database, Db } from '../db/index.ts'
import { statement } from '../db/statement.ts'
import { lowestId, newId } from '../lib/ids.ts'
import { toDecimal, toMicro } from '../lib/money.ts'
import { thresholdOf, usedOf, total, windowOf, type BudgetWindow } from '../domain/budget.ts'

const { placeholder } = sql

/** One row of `spend`: what a key holds and has spent in one window of one currency. */
export interface Account {
  keyId: string
  currency: string
  windowStart: number
}

/** Where a key's money of a currency counts now, and what may be committed there; limit null: without end. */
export interface BudgetAccount extends Account {
  limit: number | null
  budget: Budget | null
  window: BudgetWindow
}

export type Spend = Database['spend']['$inferSelect']

/** Counters beside the ledger, changed in its transactions: a budget is checked by one conditional update, exact on every node. */
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

  /** Makes the row of an account, with what its window has seen before the budget began to count in it. */
  async function open(tx: Db, account: Account): Promise<void> {
    const carriedOver = await committedBefore(tx, account)
    await tx
      .insert(spend)
      .values({ ...account, carriedOver })
      .onConflictDoNothing()
  }

  // holds of the window that count in another one's row (the budget was given or changed since), less what was given back of them
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
    /** Which window a key's money of this currency counts in now; read in the transaction, so that a changed budget counts at once. */
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

    /** Commits an amount if the account allows it; false: it does not, and nothing was written. Tells the budget's owner of thresholds. */
    async hold(tx: Db, account: BudgetAccount, amount: number, now: number): Promise<boolean> {
      const { keyId, currency, windowStart, limit } = account
      const values = { keyId, currency, windowStart, amount }
      // what costs nothing fits into every budget
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

    /** Ends a hold: `spent` of it is spent, the rest is free again. */
    async settle(tx: Db, { keyId, currency, windowStart }: Account, held: number, spent: number): Promise<void> {
      const changed = await end(tx, { keyId, currency, windowStart, held, spent })
      if (changed.length === 0) throw new Error(`no spend row for ${keyId} ${currency} ${windowStart}`)
    },

    /** Adds to what was spent without a hold; a negative amount gives back. No limit holds an operator back. */
    async adjust(tx: Db, account: BudgetAccount, amount: number, now: number): Promise<void> {
      const { keyId, currency, windowStart } = account
      if (!(await this.find(tx, account))) await open(tx, { keyId, currency, windowStart })
      const [row] = await end(tx, { keyId, currency, windowStart, held: 0, spent: amount })
      if (row) await announce(tx, account, row, now)
    },

    /** A key's budget was changed: what its window has seen elsewhere counts from here on. */
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

    /** What a key has committed, by currency, over all windows. */
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

  /** Once per window and threshold: the row is locked by the update that reached it. */
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
