import type { Accepted, Found, Polled } from './vendor.ts'

/* Finding a lost submit in a vendor's list of tasks, where nothing of ours is in the list: by time and by settings. */

/** The vendor's clock may be off, and a submit may wait in its queue before the task is made. */
const earlierMs = 60_000
const laterMs = 300_000

export interface Listed<Operation> {
  /** milliseconds; absent when the list does not say */
  createdAt?: number
  /** the task's settings, by name */
  settings: Record<string, unknown>
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
 * `complete`: the list reaches back to before `sentAt`, so that a task which is not in it is not there.
 */
export function findAlike<Operation>(
  listed: readonly Listed<Operation>[],
  { sentAt, settings }: Lost,
  complete: boolean
): Found<Operation> {
  const candidates = listed.filter(
    task => isAround(task.createdAt, sentAt) && Object.keys(settings).every(name => agrees(task, name, settings[name]))
  )
  const [only, ...others] = candidates
  if (others.length) return { status: 'unclear' }
  const dated = listed.every(({ createdAt }) => createdAt !== undefined)
  if (!only) return { status: complete && dated ? 'absent' : 'unclear' }
  return { status: 'found', accepted: only.accepted, ...(only.polled && { polled: only.polled }) }
}

const isAround = (createdAt: number | undefined, sentAt: number) =>
  createdAt !== undefined && createdAt >= sentAt - earlierMs && createdAt <= sentAt + laterMs

// a setting that one side does not name says nothing
function agrees<Operation>({ settings }: Listed<Operation>, name: string, sent: unknown): boolean {
  const listed = settings[name]
  return sent === undefined || listed === undefined || listed === null || String(listed) === String(sent)
}
