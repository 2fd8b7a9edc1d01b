import { defined } from '../../lib/defined.ts'
import type { Accepted, Found, Polled } from '../vendor.ts'

/* Finds a lost submit in a vendor's list of tasks that holds no id of ours: by time and settings. */

/** Milliseconds before and after the submit: the vendor's clock may be off, and a task may be created late. */
const close = { before: 60_000, after: 300_000 }
/** Too far off to be taken for ours, too near to rule it out. */
const near = { before: 600_000, after: 900_000 }

export interface Listed<Operation> {
  /** milliseconds; absent when the list has no time */
  createdAt?: number | undefined
  /** the task's settings, by name */
  settings: Record<string, unknown>
  /** the list no longer has what tells tasks apart (the prompt) */
  blurred?: boolean
  accepted: Accepted<Operation>
  polled?: Polled<Operation>
}

/** What was sent, and when (milliseconds). */
export interface Lost {
  sentAt: number
  settings: Record<string, unknown>
}

/**
 * Returns the one task in `listed` that was made around `sentAt` with the same settings; several of them cannot be told apart.
 * `complete`: the list reaches back to before `sentAt`, so a task that is missing from it does not exist. A list that holds an
 * older task reaches back as well.
 */
export function findAlike<Operation>(
  listed: readonly Listed<Operation>[],
  { sentAt, settings }: Lost,
  complete: boolean
): Found<Operation> {
  const alike = listed.filter(task => Object.keys(settings).every(name => agrees(task, name, settings[name])))
  const [only, ...others] = alike.filter(task => isWithin(close, task, sentAt))
  if (only) {
    if (others.length || only.blurred) return { status: 'unclear' }
    return { status: 'found', accepted: only.accepted, ...defined({ polled: only.polled }) }
  }
  const possible = alike.some(task => task.createdAt === undefined || isWithin(near, task, sentAt))
  const reachesBack = complete || listed.some(({ createdAt = sentAt }) => createdAt < sentAt - near.before)
  return { status: possible || !reachesBack ? 'unclear' : 'absent' }
}

function isWithin<Operation>({ before, after }: typeof close, { createdAt }: Listed<Operation>, sentAt: number) {
  return createdAt !== undefined && createdAt >= sentAt - before && createdAt <= sentAt + after
}

// a setting that only one side has is no difference
function agrees<Operation>({ settings }: Listed<Operation>, name: string, sent: unknown): boolean {
  const listed = settings[name]
  return sent === undefined || listed === undefined || listed === null || String(listed) === String(sent)
}
