import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { expect, vi } from 'vitest'
import type { Kind } from './database.ts'
import { runSql } from './many-tasks.ts'

/* How the databases answer a statement: the plans of what a function asks. */

/** A plan that reads the whole table of tasks. */
export const isScan = /Seq Scan on tasks|SCAN tasks(?! USING)|SCAN tasks USING COVERING INDEX (?!sqlite_autoindex)/

/** Returns the plans of the statements that `work` runs for the first time and that read `table`. */
export async function plansOfStatements(
  kind: Kind,
  url: string,
  work: () => Promise<unknown>,
  table = 'tasks'
): Promise<string[]> {
  const seen = watchStatements(kind)
  await work()
  vi.restoreAllMocks()
  const texts = seen.filter(({ text }) => text.includes(`from "${table}"`))
  expect(texts).not.toEqual([])
  return Promise.all(
    texts.map(async ({ text, values }) => {
      const rows = await runSql(url, kind === 'sqlite' ? `explain query plan ${text}` : `explain ${text}`, values)
      return rows.map(row => String(row.detail ?? row['QUERY PLAN'])).join('\n')
    })
  )
}

/** Remembers the statements that are run, Postgres' with their values. */
function watchStatements(kind: Kind) {
  const seen: { text: string; values?: unknown[] }[] = []
  if (kind === 'sqlite') {
    // true because every statement is made by this method
    const prepare = Sqlite.prototype.prepare as (this: Sqlite.Database, text: string) => Sqlite.Statement
    vi.spyOn(Sqlite.prototype, 'prepare').mockImplementation(function (this: Sqlite.Database, text: string) {
      seen.push({ text })
      return prepare.call(this, text)
    } as typeof Sqlite.prototype.prepare)
  } else {
    // true because the first argument is a text or an object with one, the second the values, and a pool adds a callback
    const client = pg.Client.prototype as unknown as {
      query(asked: string | { text: string }, ...more: [unknown[]?, ...unknown[]]): unknown
    }
    const { query } = client
    vi.spyOn(client, 'query').mockImplementation(function (this: typeof client, asked, ...more) {
      const [values] = more
      seen.push({ text: typeof asked === 'string' ? asked : asked.text, ...(values && { values }) })
      return query.call(this, asked, ...more)
    })
  }
  return seen
}
