/*
 * A value of the database that cannot be read stands in its row as a damaged one: whoever uses it gets an error, and rows that are only listed
 * or passed on harm nobody.
 */

export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

interface Damage {
  column: string
  blank: unknown
}

const known = new WeakMap<object, Damage>()
// most processes never meet one: to look through all of a row is a twentieth of an uncached poll
let isAnyKnown = false

/** Returns a value that throws DamagedError when anything is read of it. `blank`: what `intact` puts in its place. */
export function damaged(column: string, blank: unknown): object {
  const fail = (): never => {
    throw new DamagedError(`The column ${column} of this row is damaged.`)
  }
  // a promise that resolves to it asks for `then`
  const get = (_target: object, name: string | symbol) => (name === 'then' ? undefined : fail())
  const value = new Proxy({}, { get, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail })
  known.set(value, { column, blank })
  isAnyKnown = true
  return value
}

const damageOf = (value: unknown) => (typeof value === 'object' && value !== null ? known.get(value) : undefined)

/** Returns the names of a row's damaged columns. */
export function damageIn(row: object): string[] {
  if (!isAnyKnown) return []
  return Object.values(row).flatMap(value => {
    const damage = damageOf(value)
    return damage ? [damage.column] : []
  })
}

/** Returns the row with blanks for its damaged values, to show it; the row itself when it has none. */
export function intact<Row extends object>(row: Row): Row {
  if (damageIn(row).length === 0) return row
  const entries = Object.entries(row).map(([name, value]) => [name, damageOf(value)?.blank ?? orNull(value)] as const)
  return Object.fromEntries(entries) as Row // true because each column has its value, or a blank of the same shape
}

const orNull = (value: unknown) => (damageOf(value) ? null : value)
