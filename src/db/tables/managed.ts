import type { Columns } from '../columns.ts'
import type { ManagedKind } from '../values.ts'

/** What the configuration file owns. */
export function managedTables({ table, text, int, primaryKey }: Columns) {
  /** Only the file changes these. */
  const managed = table(
    'managed',
    {
      kind: text('kind').$type<ManagedKind>().notNull(),
      /** of a model or a setting: its name */
      id: text('id').notNull(),
      file: text('file').notNull(),
      /** where it begins */
      line: int('line').notNull()
    },
    t => [primaryKey({ columns: [t.kind, t.id] })]
  )

  return { managed }
}
