import { and, eq, exists, inArray, isNotNull, isNull, ne, notExists, or, sql } from 'drizzle-orm'
import { hasUnresolvedCode, type Database } from '../db/index.ts'

/** A rule about money that a row breaks. */
export interface Violation {
  rule: string
  /** the task, key or entry it is about */
  subject: string
}

// violations listed per rule
const LIMIT = 20

/**
 * Checks every rule of the ledger over the whole database; returns the violations, or an empty list. Each rule is one statement, so that it can
 * be checked while others write.
 */
export async function checkMoney({ kind, db, ledger, tasks, spend }: Database): Promise<Violation[]> {
  const amountOf = (...kinds: string[]) =>
    sql<number>`sum(case when ${inArray(ledger.kind, kinds as (typeof ledger.$inferSelect.kind)[])} then ${ledger.amount} else 0 end)` // true because the callers below pass kinds
  const closings = db
    .select({ one: sql`1` })
    .from(ledger)
    .where(and(eq(ledger.taskId, tasks.id), inArray(ledger.kind, ['capture', 'release'])))

  const moves = db
    .select({ subject: ledger.id })
    .from(ledger)
    .where(or(sql`${ledger.amount} < 0`, eq(ledger.fromAccount, ledger.toAccount)))
    .limit(LIMIT)

  const holds = sql<number>`sum(case when ${ledger.kind} = 'hold' then 1 else 0 end)`
  const ends = sql<number>`sum(case when ${ledger.kind} = 'hold' then 0 else 1 end)`
  const balanced = db
    .select({ subject: sql<string>`${ledger.taskId}` })
    .from(ledger)
    .where(and(isNotNull(ledger.taskId), ne(ledger.kind, 'adjust')))
    .groupBy(ledger.taskId)
    .having(
      sql`${holds} <> 1 or ${ends} > 2 or (${ends} > 0 and ${amountOf('capture', 'release')} <> ${amountOf('hold')})`
    )
    .limit(LIMIT)

  const held = db
    .select({ subject: tasks.id })
    .from(tasks)
    .leftJoin(ledger, and(eq(ledger.taskId, tasks.id), eq(ledger.kind, 'hold')))
    .where(
      and(
        isNotNull(tasks.price),
        or(
          isNull(ledger.id),
          ne(ledger.amount, tasks.price),
          ne(ledger.currency, tasks.currency),
          ne(ledger.keyId, tasks.keyId)
        )
      )
    )
    .limit(LIMIT)

  const settled = db
    .select({ subject: tasks.id })
    .from(tasks)
    .where(
      and(
        isNotNull(tasks.price),
        isNotNull(tasks.finishedAt),
        sql`not coalesce(${hasUnresolvedCode(tasks.errorCode)}, false)`,
        isNull(tasks.followUpAt),
        notExists(closings)
      )
    )
    .limit(LIMIT)

  const early = db
    .select({ subject: tasks.id })
    .from(tasks)
    .where(and(isNull(tasks.finishedAt), exists(closings)))
    .limit(LIMIT)

  const back = sql`case when ${ledger.kind} = 'adjust' and ${ledger.toAccount} like 'wallet:%' then ${ledger.amount} else 0 end`
  const sums = db
    .select({
      keyId: ledger.keyId,
      currency: ledger.currency,
      windowStart: ledger.windowStart,
      held: sql<number>`${amountOf('hold')} - ${amountOf('capture', 'release')}`.as('held_sum'),
      spent: sql<number>`${amountOf('capture', 'adjust')} - 2 * sum(${back})`.as('spent_sum')
    })
    .from(ledger)
    .groupBy(ledger.keyId, ledger.currency, ledger.windowStart)
    .as('sums')
  const same = and(
    eq(spend.keyId, sums.keyId),
    eq(spend.currency, sums.currency),
    eq(spend.windowStart, sums.windowStart)
  )
  const counted = db
    .select({ subject: spend.keyId })
    .from(spend)
    .leftJoin(sums, same)
    .where(or(sql`${spend.held} <> coalesce(${sums.held}, 0)`, sql`${spend.spent} <> coalesce(${sums.spent}, 0)`))
    .limit(LIMIT)
  const uncounted = db
    .select({ subject: sums.keyId })
    .from(sums)
    .leftJoin(spend, same)
    .where(isNull(spend.keyId))
    .limit(LIMIT)

  const triggers = db
    .select({ count: sql<number>`count(*)` })
    .from(kind === 'sqlite' ? sql`sqlite_master` : sql`pg_trigger`)
    .where(
      kind === 'sqlite'
        ? sql`type = 'trigger' and name in ('ledger_no_update', 'ledger_no_delete')`
        : sql`tgrelid = 'ledger'::regclass and tgenabled <> 'D' and tgname in ('ledger_no_change', 'ledger_no_truncate')`
    )

  const rules: [rule: string, broken: PromiseLike<{ subject: string }[]>][] = [
    ['an entry moves a positive amount between two accounts', moves],
    ['a task has one hold, and its capture and release add up to it', balanced],
    ['a task with a price has a hold of that price', held],
    ['a finished task is settled, unless its outcome is unknown or its vendor has not ended it', settled],
    ['a running task is not settled', early],
    ["a key's held and spent amounts match the ledger", counted],
    ['every entry is counted for its key', uncounted],
    [
      'the ledger is append-only by trigger',
      triggers.then(([row]) => (Number(row?.count) === 2 ? [] : [{ subject: 'ledger' }]))
    ]
  ]
  const found: Violation[] = []
  for (const [rule, broken] of rules) for (const { subject } of await broken) found.push({ rule, subject })
  return found
}
