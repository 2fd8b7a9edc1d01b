import { createAudit } from '../../admin/audit.ts'
import type { Database } from '../../db/index.ts'
import { system, type By, type Change } from '../../domain/audit.ts'
import { createAuditStore } from '../../stores/audit.ts'

/** Who changes what a command changes. */
export const commandLine: By = { ...system, actor: { kind: 'cli', id: null, name: 'command line' } }

/** Writes down in the audit what a command has done to a database that it opened itself. */
export async function recordCommand(database: Database, change: Change): Promise<void> {
  const { transaction } = database
  await createAudit({ store: createAuditStore(database), transaction, now: Date.now }).add(commandLine, change)
}
