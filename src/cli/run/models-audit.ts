import { auditVendors } from '../../domain/audit-vendors.ts'
import { vendors } from '../../vendors/index.ts'
import { print, printTable, say, type Format } from '../print.ts'

interface Options extends Format {
  days: number
  all?: boolean
}

/** Prints what is known of vendors and was checked too long ago. */
export function auditModels(options: Options): void {
  const found = auditVendors(vendors, Date.now()).filter(({ age }) => options.all || age > options.days)
  if (found.length === 0 && !options.json) return say(`Everything was checked within the last ${options.days} days.`)
  print(found, options, list =>
    printTable(
      ['VENDOR', 'WHAT', 'CHECKED', 'DAYS AGO', 'SOURCE'],
      list.map(({ vendor, what, checked, age, source }) => [vendor, what, checked, String(age), source])
    )
  )
}
