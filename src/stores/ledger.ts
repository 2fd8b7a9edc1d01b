import { and, asc, desc, eq, gt, inArray, lt, or, sql } from 'drizzle-orm'
import type { Database, Db, LedgerEntry, LedgerKind, Task } from '../db/index.ts'
import { columnNames, placeholders, statement } from '../db/statement.ts'
import { usedOf } from '../domain/budget.ts'
import { captured } from '../domain/price.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../lib/ids.ts'
import { toDecimal } from '../lib/money.ts'
import { createSpendStore, type BudgetAccount, type Spend } from './spend.ts'

const { placeholder } = sql

/** An operator's correction: an additional charge, or a refund when negative. Micro-units. */
export interface Adjustment {
  keyId: string
  taskId: string | null
  amount: number
  currency: string
  reason: string
}

export interface LedgerFilter {
  keyId?: string
  taskId?: string
  kind?: LedgerKind
  after?: string
  limit: number
  order: 'asc' | 'desc'
}

/** The ledger: append-only, written inside the transaction that changes the task, so that money never moves without its reason or twice. */
export function createLedgerStore(database: Database) {
  const { db, ledger, attempts, tasks, transaction } = database
  const spend = createSpendStore(database)

  const insertEntry = statement('insert_ledger_entry', on =>
    on.insert(ledger).values(placeholders<LedgerEntry>(columnNames(ledger)))
  )
  const selectHold = statement('hold_of_task', on =>
    on
      .select()
      .from(ledger)
      // a literal: with a parameter the partial index would not be used
      .where(and(eq(ledger.taskId, placeholder('taskId')), sql`${ledger.kind} <> 'adjust'`, eq(ledger.kind, 'hold')))
  )
  // both parts have a partial index
  const isOf = (taskIds: readonly string[]) =>
    or(
      and(inArray(ledger.taskId, [...taskIds]), sql`${ledger.kind} <> 'adjust'`),
      and(inArray(ledger.taskId, [...taskIds]), sql`${ledger.kind} = 'adjust'`)
    )
  const selectCost = statement('cost_of_attempt', on =>
    on
      .select({ cost: attempts.cost })
      .from(attempts)
      .where(eq(attempts.id, placeholder('id')))
  )

  const addCharge = statement<unknown>('charge_task', on =>
    on
      .update(tasks)
      .set({ charged: sql`${tasks.charged} + ${placeholder('amount')}` })
      .where(eq(tasks.id, placeholder('id')))
  )

  /** Adds to what a task and the fanned-out task that it is a child of were charged. */
  async function charge(tx: Db, { id, parentId }: Pick<Task, 'id' | 'parentId'>, amount: number): Promise<void> {
    if (amount === 0) return
    await addCharge(tx, { id, amount })
    if (parentId !== null) await addCharge(tx, { id: parentId, amount })
  }

  async function move(tx: Db, now: number, entry: Omit<LedgerEntry, 'id' | 'createdAt'>): Promise<LedgerEntry> {
    const row = { ...entry, id: newId('led', now), createdAt: now }
    await insertEntry(tx, row)
    return row
  }

  return {
    spend,

    /** Holds the task's price. Throws insufficient_quota when the key's budget does not cover it. */
    async hold(tx: Db, task: Task, now: number): Promise<void> {
      const { id: taskId, keyId, price, currency } = task
      if (price === null || currency === null) return
      const account = await spend.accountOf(tx, keyId, currency, now)
      if (!(await spend.hold(tx, account, price, now)))
        throw overBudget(account, await spend.find(tx, account), price, now)
      await move(tx, now, {
        taskId,
        keyId,
        kind: 'hold',
        fromAccount: `wallet:${keyId}`,
        toAccount: `held:${keyId}`,
        amount: price,
        currency,
        windowStart: account.windowStart,
        reason: null
      })
    },

    /** Throws insufficient_quota when the budget does not cover the price now. A cheap check in advance: `hold` decides. */
    async check(keyId: string, price: number, currency: string, now: number): Promise<void> {
      const account = await spend.accountOf(db, keyId, currency, now)
      if (account.limit === null || price === 0) return
      const row = await spend.find(db, account)
      if (price > account.limit || (row && usedOf(row) + price > account.limit))
        throw overBudget(account, row, price, now)
    },

    /**
     * Settles the hold: what the task cost is captured for its channel, the rest is released. A second settlement of the same kind violates
     * `unique(task, kind)` and fails its transaction; the task's fence lets only one begin.
     */
    async settle(
      tx: Db,
      task: Task,
      kind: 'capture' | 'release',
      now: number,
      reason: string | null = kind === 'release' ? task.errorCode : null
    ): Promise<void> {
      const [hold] = await selectHold(tx, { taskId: task.id })
      if (!hold) return
      const { taskId, keyId, currency, windowStart, amount } = hold
      const [attempt] = task.attemptId === null ? [] : await selectCost(tx, { id: task.attemptId })
      const spent = kind === 'capture' ? captured({ ...task, price: amount, currency }, attempt?.cost ?? null) : 0
      const entry = { taskId, keyId, currency, windowStart, fromAccount: `held:${keyId}` }
      if (kind === 'capture')
        await move(tx, now, { ...entry, kind, toAccount: `spend:${task.channelId}`, amount: spent, reason })
      if (kind === 'release' || spent < amount)
        await move(tx, now, {
          ...entry,
          kind: 'release',
          toAccount: `wallet:${keyId}`,
          amount: amount - spent,
          reason: kind === 'release' ? reason : 'cost less than the hold'
        })
      await spend.settle(tx, hold, amount, spent)
      await charge(tx, task, spent)
    },

    /** Books an operator's correction. */
    async adjust(tx: Db, { keyId, taskId, amount, currency, reason }: Adjustment, now: number): Promise<LedgerEntry> {
      const account = await spend.accountOf(tx, keyId, currency, now)
      await spend.adjust(tx, account, amount, now)
      if (taskId !== null) {
        const [task] = await tx
          .select({ id: tasks.id, parentId: tasks.parentId })
          .from(tasks)
          .where(eq(tasks.id, taskId))
        if (task) await charge(tx, task, amount)
      }
      const [wallet, other] = [`wallet:${keyId}`, `adjusted:${keyId}`]
      return move(tx, now, {
        taskId,
        keyId,
        kind: 'adjust',
        fromAccount: amount < 0 ? other : wallet,
        toAccount: amount < 0 ? wallet : other,
        amount: Math.abs(amount),
        currency,
        windowStart: account.windowStart,
        reason
      })
    },

    /** After a key's budget was set or changed: what was already spent in its window counts. */
    async rebase(keyId: string, currency: string, now: number): Promise<void> {
      await transaction(async tx => spend.rebase(tx, await spend.accountOf(tx, keyId, currency, now)))
    },

    /** Returns the entries of a task, in order. */
    async ofTask(taskId: string): Promise<LedgerEntry[]> {
      return db
        .select()
        .from(ledger)
        .where(isOf([taskId]))
        .orderBy(asc(ledger.id))
    },

    /** Returns the entries of several tasks, in order. */
    async ofTasks(taskIds: readonly string[]): Promise<LedgerEntry[]> {
      if (taskIds.length === 0) return []
      return db.select().from(ledger).where(isOf(taskIds)).orderBy(asc(ledger.id))
    },

    /** Returns a page of entries in the order of `order`; `after` is an id. */
    async list({ keyId, taskId, kind, after, limit, order }: LedgerFilter): Promise<LedgerEntry[]> {
      const where = [
        keyId === undefined ? undefined : eq(ledger.keyId, keyId),
        taskId === undefined ? undefined : isOf([taskId]),
        // a literal: with a parameter the partial index would not be used
        kind && (kind === 'adjust' ? sql`${ledger.kind} = 'adjust'` : eq(ledger.kind, kind)),
        after === undefined ? undefined : order === 'desc' ? lt(ledger.id, after) : gt(ledger.id, after)
      ]
      return db
        .select()
        .from(ledger)
        .where(and(...where))
        .orderBy(order === 'desc' ? desc(ledger.id) : asc(ledger.id))
        .limit(limit)
    }
  }

  function overBudget(
    { budget, limit, currency, window }: BudgetAccount,
    row: Spend | undefined,
    price: number,
    now: number
  ): ApiError {
    const left = Math.max(0, (limit ?? 0) - (row ? usedOf(row) : 0))
    const reset =
      window.end === null ? '' : ` The budget resets in ${Math.max(1, Math.ceil((window.end - now) / 60_000))} minutes.`
    return new ApiError('insufficient_quota', {
      message: `This request may cost ${toDecimal(price)} ${currency}, but this key has ${toDecimal(left)} ${currency} left of its ${budget?.window} budget of ${budget?.amount} ${currency}.${reset}`,
      shouldRetry: false
    })
  }
}

export type LedgerStore = ReturnType<typeof createLedgerStore>
