import { defined } from '../../lib/defined.ts'
import type { Accepted, Found, Polled } from '../vendor.ts'

/* Finding a lost submit in a vendor's list of tasks, where nothing of ours is in the list: by time and by settings. */

/** Milliseconds before and after the submit. The vendor's clock may be off, and a submit may wait before the task is made. */
const close = { before: 60_000, after: 300_000 }
/** Not taken for ours any more, yet near enough that ours cannot be said to be missing. */
const near = { before: 600_000, after: 900_000 }

export interface Listed<Operation> {
  /** milliseconds; absent when the list does not say */
  createdAt?: number | undefined
  /** the task's settings, by name */
  settings: Record<string, unknown>
  /** what would tell it from others (the prompt) is not in the list any more */
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
 * The one task in `listed` that was made around `sentAt` with the same settings; several such tasks cannot be told apart.
 * `complete`: the list reaches back to before `sentAt`, so that a task which is not in it is not there; it also does when it
 * holds a task that is older than that.
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
  const doubted = alike.some(task => task.createdAt === undefined || isWithin(near, task, sentAt))
  const reachesBack = complete || listed.some(({ createdAt = sentAt }) => createdAt < sentAt - near.before)
  return { status: doubted || !reachesBack ? 'unclear' : 'absent' }
}

function isWithin<Operation>({ before, after }: typeof close, { createdAt }: Listed<Operation>, sentAt: number) {
  return createdAt !== undefined && createdAt >= sentAt - before && createdAt <= sentAt + after
}

// a setting that one side does not name says nothing
function agrees<Operation>({ settings }: Listed<Operation>, name: string, sent: unknown): boolean {
  const listed = settings[name]
  return sent === undefined || listed === undefined || listed === null || String(listed) === String(sent)
}
