import type { TaskState } from '../db/index.ts'

/** The states of a task, as operators see them. */
export const taskStates = [
  'waiting',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'needs_decision',
  'refused'
] as const satisfies readonly TaskState[]
