import type { Logger } from 'pino'
import type { Task } from '../db/index.ts'
import { advance } from '../domain/lifecycle.ts'
import type { TaskStore } from '../stores/tasks.ts'

interface Dependencies {
  tasks: Pick<TaskStore, 'apply' | 'renew'>
  /** a lease is extended by this, in milliseconds */
  reconcileAfterMs: number
  now(): number
  log: Logger
}

interface Waiting {
  task: Task
  renewedAt: number
  /** settled */
  renewal: Promise<void>
}

/** The leases of submits whose answer is the video, and takes minutes. The worker's rounds renew them; one that dies loses them in time. */
export function createLongLeases({ tasks, reconcileAfterMs, now, log }: Dependencies) {
  const waiting = new Set<Waiting>()
  const every = reconcileAfterMs / 4

  async function extend(one: Waiting): Promise<void> {
    const until = now() + reconcileAfterMs
    try {
      if (one.task.status === 'in_progress') await tasks.renew(one.task, until)
      // whoever refuses a request does so within seconds
      else
        one.task =
          (await tasks.apply(one.task, advance(one.task, { type: 'working' }, now()), now(), until)) ?? one.task
    } catch (error) {
      log.error({ task: one.task.id, err: error }, 'submit: lease could not be renewed')
    }
  }

  return {
    /** Keeps the lease of a task until `answer` is there; the task is shown as in progress meanwhile. Returns the answer. */
    async during<T>(task: Task, answer: Promise<T>): Promise<T> {
      const one: Waiting = { task, renewedAt: now(), renewal: Promise.resolve() }
      waiting.add(one)
      try {
        return await answer
      } finally {
        waiting.delete(one)
        // it must not write after whoever called
        await one.renewal
      }
    },

    /** Renews the leases that are a quarter over. Never throws. */
    async renew(): Promise<void> {
      const due = [...waiting].filter(({ renewedAt }) => Math.abs(now() - renewedAt) >= every)
      for (const one of due) {
        one.renewedAt = now()
        one.renewal = extend(one)
      }
      await Promise.all(due.map(({ renewal }) => renewal))
    }
  }
}

export type LongLeases = ReturnType<typeof createLongLeases>
