import { damageIn } from '../../../lib/damaged.ts'

/** Returns the field that names the columns of a row that cannot be read, for the operator; none when it is whole. */
export function damageOf(row: object): { damaged?: string[] } {
  const columns = damageIn(row)
  return columns.length ? { damaged: columns } : {}
}
