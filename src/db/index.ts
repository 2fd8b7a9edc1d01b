import type { Database } from './database.ts'

export type { Database, Db } from './database.ts'
export { insideOf } from './inside.ts'
export { endedState, stateOf, taskDuration, type TaskState } from './task-state.ts'
export { hasUnresolvedCode, isUnresolvedCode } from './unresolved.ts'
export { isTroubled } from './tables/files.ts'
export { isUndelivered } from './tables/webhooks.ts'
export type * from './schema.ts'

/** Opens `file:PATH` (SQLite) or `postgres://…`. `onError` is called when an idle connection breaks. */
export async function openDatabase(url: string, onError?: (error: Error) => void): Promise<Database> {
  if (url.startsWith('postgres')) return (await import('./postgres.ts')).openPostgres(url, onError)
  return (await import('./sqlite.ts')).openSqlite(url.replace(/^file:(\/\/(?=\/))?/, ''))
}
