/*
 * SQLite's result codes (sqlite.org/rescode.html), Postgres' error codes (appendix A of its manual: 08 connection, 53 resources,
 * 57P01 to 57P03 shutdown and start, 25006 read-only), socket codes, and messages of the pg package that have no code.
 */

const codes =
  /^(SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN)|08...$|53...$|57P0[123]$|25006$|ECONN(REFUSED|RESET)$|EPIPE$|ENOSPC$)/
const words =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

/** Whether an error means that the database cannot be used right now: its disk is full, its connection broke, it is starting or stopping. */
export function isDatabaseDown(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    if (('code' in one && codes.test(String(one.code))) || words.test(one.message)) return true
  }
  return false
}
