import { describe, expect, test } from 'vitest'
import type { Task } from '../../src/db/index.ts'
import { advance, type TaskEvent } from '../../src/domain/lifecycle.ts'
import type { FailureKind } from '../../src/vendors/vendor.ts'
import { taskRow } from '../support/rows.ts'

const NOW = 5000
const submitting = taskRow({ attemptId: 'att_1', channelId: 'chan_1', slot: true })
const running: Task = { ...submitting, status: 'in_progress', operation: { id: 'u' }, startedAt: 1000, progress: 40 }
const failure = (kind: FailureKind, more = {}) => ({ kind, message: 'why', ...more })
const result = { status: 'succeeded', videos: [{ at: { url: 'https://v/x.mp4' } }] } as const

const every: TaskEvent[] = [
  { type: 'accepted', operation: {}, upstreamId: 'u', pollIn: 10, deadlineAt: 99 },
  { type: 'rejected', failure: failure('rate_limit'), waitFor: 10 },
  { type: 'rejected', failure: failure('invalid_request') },
  { type: 'not_sent', reason: 'refused', waitFor: 0 },
  { type: 'not_sent', reason: 'refused' },
  { type: 'ambiguous', reason: 'silence', reconcileAt: 9000 },
  { type: 'absent' },
  { type: 'outcome_unknown' },
  { type: 'running', pollIn: 10 },
  { type: 'paused', retryIn: 10 },
  { type: 'unreachable', retryIn: 10 },
  { type: 'succeeded', result, expiresAt: null },
  { type: 'retried', failure: failure('server') },
  { type: 'failed', failure: failure('content_policy') },
  { type: 'cancelled' },
  { type: 'expired' }
]

describe('whatever happens', () => {
  test.each(every.map(event => [event.type, event] as const))(
    '%s: ended exactly when it has a time, and never due then',
    (_type, event) => {
      const after = { ...running, ...advance(running, event, NOW).set }
      const ended = after.status === 'completed' || after.status === 'failed'
      expect(after.finishedAt !== null).toBe(ended)
      expect(after.dueAt === null).toBe(ended)
    }
  )

  test.each(every.map(event => [event.type, event] as const))(
    '%s: the end frees the slot and settles; anything else settles nothing',
    (_type, event) => {
      const change = advance(running, event, NOW)
      const ended = change.set.finishedAt !== undefined
      if (ended) expect(change.freeSlot).toBe(true)
      // an unknown outcome leaves its hold for an operator or for time
      if (event.type === 'outcome_unknown') expect(change.settle).toBeUndefined()
      else expect(change.settle !== undefined).toBe(ended)
    }
  )
})

test('an ambiguous submit keeps its attempt and its slot: nothing can send it again meanwhile', () => {
  const change = advance(submitting, { type: 'ambiguous', reason: 'silence', reconcileAt: 9000 }, NOW)
  expect(change).toMatchObject({ set: { dueAt: 9000 }, attempt: { outcome: 'unknown' } })
  expect(change.set).not.toHaveProperty('attemptId')
  expect(change.freeSlot).toBeUndefined()
})

test('back in the queue, the attempt and the operation are gone', () => {
  const change = advance(submitting, { type: 'rejected', failure: failure('rate_limit'), waitFor: 700 }, NOW)
  expect(change).toMatchObject({
    enqueue: true,
    freeSlot: true,
    set: { attemptId: null, operation: null, dueAt: NOW + 700, tries: 1 }
  })
})

test('progress never goes back, and is never 100 before the end', () => {
  const progress = (said: number) => advance(running, { type: 'running', progress: said, pollIn: 1 }, NOW).set.progress
  expect([progress(10), progress(55.4), progress(100), progress(400)]).toEqual([40, 55, 99, 99])
  expect(advance(running, { type: 'succeeded', result, expiresAt: null }, NOW).set.progress).toBe(100)
})

test('a moderated video that the vendor bills is captured; any other failure is released', () => {
  const settle = (more: object) =>
    advance(running, { type: 'failed', failure: failure('content_policy', more) }, NOW).settle
  expect([settle({}), settle({ billed: true })]).toEqual(['release', 'capture'])
})

test('a problem with the account at the vendor is not shown to the client', () => {
  const { set } = advance(
    submitting,
    { type: 'rejected', failure: failure('insufficient_balance', { message: 'balance of account 42 is 0' }) },
    NOW
  )
  expect(set.errorMessage).not.toContain('42')
  expect(set.failure).toMatchObject({ kind: 'insufficient_balance' })
})
