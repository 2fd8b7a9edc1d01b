import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { scanOf } from '../support/scans.ts'
import { runSql } from '../support/many-tasks.ts'

/* What the product really asks of a database, seen at the drivers: each statement with its values, and the time that all of them took. */

export interface Statement {
  text: string
  values: unknown[]
}

export interface Asked {
  statements: Statement[]
  /** milliseconds inside the driver, without the commits: an fsync takes as long with any table */
  ms: number
}

/** The tables that grow with the number of tasks. */
const GROWING = ['tasks', 'attempts', 'assets', 'ledger', 'events', 'deliveries', 'audit', 'exchanges', 'idempotency']

let asked: Asked | null = null

const note = (began: number, text: string, values: unknown[]) => {
  if (!asked || /^(begin|commit|savepoint|release|rollback)/.test(text)) return
  asked.ms += performance.now() - began
  asked.statements.push({ text, values })
}

/** Returns what `work` asks of its database while the drivers are hooked. One at a time. */
export async function watch(work: () => Promise<unknown>): Promise<Asked> {
  const mine: Asked = { statements: [], ms: 0 }
  asked = mine
  try {
    await work()
  } finally {
    asked = null
  }
  return mine
}

/** Returns what of `statements` reads all of a growing table, as lines of plans; none is how it should be. */
export async function scansOf(url: string, statements: readonly Statement[]): Promise<string[]> {
  const found = new Set<string>()
  for (const { text, values } of statements) {
    const rows = await explain(url, text, values)
    for (const line of rows) if (GROWING.some(table => scanOf(table).test(line))) found.add(line.trim())
  }
  return [...found]
}

async function explain(url: string, text: string, values: unknown[]): Promise<string[]> {
  if (url.startsWith('postgres'))
    return (await runSql(url, `explain ${text}`, values)).map(row => String(row['QUERY PLAN']))
  const connection = new Sqlite(url.slice('file:'.length), { readonly: true })
  const rows = connection.prepare(`explain query plan ${text}`).all(...values) as { detail: string }[] // its documented columns
  connection.close()
  return rows.map(({ detail }) => detail)
}

type Run = (this: Sqlite.Statement, ...values: unknown[]) => unknown
type Query = (asked: string | { text: string }, ...more: unknown[]) => unknown

/** Makes the drivers tell `watch` what they do, until the function that it returns is called: other paths are measured without that. */
export function hookDrivers(): () => void {
  const unhook = [hookSqlite(), hookPostgres()]
  return () => unhook.forEach(undo => undo())
}

/** Every statement on SQLite is run by one of three methods. */
function hookSqlite() {
  const empty = new Sqlite(':memory:')
  const prototype = Object.getPrototypeOf(empty.prepare('select 1')) as Record<'run' | 'get' | 'all', Run>
  empty.close()
  const { run, get, all } = prototype
  for (const [method, original] of Object.entries({ run, get, all }) as ['run' | 'get' | 'all', Run][])
    prototype[method] = function (...values) {
      const began = performance.now()
      const result = original.apply(this, values)
      note(began, this.source, values)
      return result
    }
  return () => void Object.assign(prototype, { run, get, all })
}

/** … and on PostgreSQL by this one, with a callback when a pool asks. */
function hookPostgres() {
  const client = pg.Client.prototype as unknown as { query: Query } // true: it takes a text or an object with one, then values
  const { query } = client
  client.query = function (this: pg.Client, statement, ...more) {
    const began = performance.now()
    const text = typeof statement === 'string' ? statement : statement.text
    const values = more.find(Array.isArray) ?? []
    const callback = more.findIndex(one => typeof one === 'function')
    if (callback >= 0) {
      const then = more[callback] as (...results: unknown[]) => void // true because of its type
      more[callback] = (...results: unknown[]) => {
        note(began, text, values)
        then(...results)
      }
      return query.call(this, statement, ...more)
    }
    const result = query.call(this, statement, ...more)
    if (result instanceof Promise) void result.then(() => note(began, text, values)).catch(() => {})
    return result
  }
  return () => void (client.query = query)
}
