/* Plans that grow with their table. */

const small =
  'tasks_(waiting|queue|open|overdue|due|cancel_requested|followed)|assets_(troubled|due)|deliveries_(due|undelivered)|ledger_adjusted|events_pending'

/** A plan that reads a whole table; along its primary key a limit ends it, and a partial index is small. */
export const scanOf = (table: string) =>
  RegExp(
    `Seq Scan on ${table}\\b|SCAN ${table}\\b(?! USING (COVERING )?INDEX)|SCAN ${table} USING COVERING INDEX (?!sqlite_autoindex|${small})`
  )
