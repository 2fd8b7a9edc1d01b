import type { Asset, Attempt, Delivery, Event, Task } from '../db/index.ts'

/** What happened to a task, for people; times in milliseconds. */
export interface TimelineEntry {
  kind: 'queued' | 'submit' | 'reconcile' | 'running' | 'poll' | 'archived' | 'delivery' | 'cancel' | 'decided'
  at: number
  endedAt: number | null
  attempt: string | null
  channelId: string | null
  note: string | null
  /** of what happened several times, shown as one */
  count: number | null
}

interface Known {
  task: Task
  /** of the task and its child tasks, in order */
  attempts: readonly Attempt[]
  events: readonly Event[]
  files: readonly Asset[]
  deliveries: readonly Delivery[]
  polls: { attempt: string | null; count: number; from: number; to: number }[]
}

/** Returns the timeline of a task, in order of time. */
export function timelineOf({ task, attempts, events, files, deliveries, polls }: Known): TimelineEntry[] {
  const nothing = { endedAt: null, attempt: null, channelId: null, note: null, count: null }
  const [first] = attempts
  const entries: TimelineEntry[] = [
    { ...nothing, kind: 'queued', at: task.createdAt, endedAt: first?.startedAt ?? task.finishedAt },
    ...attempts.flatMap(attempt => ofAttempt(attempt, events)),
    ...polls.map(({ attempt, count, from, to }) => ({
      ...nothing,
      kind: 'poll' as const,
      at: from,
      endedAt: to,
      attempt,
      channelId: attempts.find(({ id }) => id === attempt)?.channelId ?? null,
      count
    })),
    ...files
      .filter(({ state, variant }) => state !== 'pending' && variant === 'video')
      .map(file => ({
        ...nothing,
        kind: 'archived' as const,
        at: file.createdAt,
        note: file.state === 'archived' ? null : (file.error ?? file.state)
      })),
    ...deliveries.map(delivery => ({
      ...nothing,
      kind: 'delivery' as const,
      at: delivery.createdAt,
      endedAt: delivery.deliveredAt,
      note: delivery.error ?? delivery.status,
      count: delivery.tries
    }))
  ]
  if (task.errorCode === 'cancelled' && task.finishedAt !== null)
    entries.push({ ...nothing, kind: 'cancel', at: task.finishedAt })
  if (task.decidedAt !== null) entries.push({ ...nothing, kind: 'decided', at: task.decidedAt })
  return entries.sort((a, b) => a.at - b.at || order.indexOf(a.kind) - order.indexOf(b.kind))
}

// of what happened in the same millisecond
const order: readonly TimelineEntry['kind'][] = [
  'queued',
  'submit',
  'reconcile',
  'running',
  'poll',
  'cancel',
  'archived',
  'delivery',
  'decided'
]

/** The submit, and what followed from it: a submit with an unknown outcome is reconciled, an accepted one runs. */
function ofAttempt({ id, taskId, channelId, outcome, failure, startedAt, endedAt }: Attempt, events: readonly Event[]) {
  const common = { attempt: id, channelId, count: null }
  const accepted = events.find(
    event => event.type === 'video.in_progress' && event.taskId === taskId && event.createdAt >= startedAt
  )
  const submitted = outcome === 'accepted' ? (accepted?.createdAt ?? startedAt) : endedAt
  const submit: TimelineEntry = {
    ...common,
    kind: 'submit',
    at: startedAt,
    endedAt: outcome === 'unknown' || outcome === null ? null : submitted,
    note: outcome === 'accepted' ? outcome : failure ? `${outcome}: ${failure.message}` : outcome
  }
  if (outcome === 'unknown' || outcome === 'absent')
    return [submit, { ...common, kind: 'reconcile' as const, at: startedAt, endedAt, note: outcome }]
  if (outcome !== 'accepted') return [submit]
  return [
    submit,
    { ...common, kind: 'running' as const, at: submitted ?? startedAt, endedAt, note: failure ? failure.message : null }
  ]
}
