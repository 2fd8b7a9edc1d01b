import type { Logger } from 'pino'
import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { UnresolvedStore } from '../stores/unresolved.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { Accepted } from '../vendors/vendor.ts'
import type { Routing } from './routing.ts'

/** What an operator has learned of a submit whose answer was lost. */
export type Resolution =
  /** the vendor never took it: the hold is given back */
  | { outcome: 'lost' }
  /** it was made or charged, and the video is not to be had: the hold is spent */
  | { outcome: 'charged' }
  /** it is there: the task goes on */
  | { outcome: 'found'; upstreamId?: string | undefined }

interface Dependencies {
  store: UnresolvedStore
  tasks: TaskStore
  routing: Routing
  exchange: Exchange
  now(): number
  /** how long a hold in doubt waits for a decision before it is given back */
  unresolvedHoldMs: number
  /** a found task must end within this */
  deadlineMs: number
  log: Logger
  /** a task changed: whoever watches, polls or remembers it must look again */
  onChange(id: string): void
}

const BATCH = 100

/** Money of submits whose outcome nobody knows: kept until an operator decides, or given back after a set time. */
export function createUnresolved({
  store,
  tasks,
  routing,
  exchange,
  now,
  unresolvedHoldMs,
  deadlineMs,
  log,
  onChange
}: Dependencies) {
  /** The vendor's task: as we had it, else as the vendor tells it now. Throws when it cannot be asked or knows nothing. */
  async function find(
    task: Task,
    upstreamId: string | undefined
  ): Promise<Pick<Accepted<unknown>, 'operation' | 'upstreamId'>> {
    const refuse = (message: string) => new ApiError('invalid_request', { param: 'outcome', message })
    const attempt = task.attemptId === null ? undefined : await tasks.attempt(task.attemptId)
    if (task.operation !== null && attempt?.upstreamId) {
      const { upstreamId: ours } = attempt
      if (upstreamId !== undefined && upstreamId !== ours) throw refuse(`The vendor's id of this task is ${ours}.`)
      return { operation: task.operation, upstreamId: ours }
    }
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    const video = await tasks.request(task.id)
    if (!connection?.vendor.lookup || !connection.vendor.found || !attempt || !video)
      throw refuse('This vendor cannot be asked for a task again, so it cannot be taken up. Resolve it as charged.')
    const { channel, vendor, config } = connection
    const asked = { ...video, model: attempt.upstreamModel }
    const context = { reference: attempt.reference, sentAt: attempt.startedAt }
    const found = await ask()
    if (found.status === 'unclear')
      throw new ApiError('upstream_error', { message: "The vendor's answer does not tell. Try again later." })
    if (found.status !== 'found' || (upstreamId !== undefined && found.accepted.upstreamId !== upstreamId))
      throw refuse(
        `The vendor does not show ${upstreamId === undefined ? 'this task' : `${upstreamId} as this task`}; it cannot be taken up.`
      )
    if (await tasks.isTaken(channel.id, found.accepted.upstreamId, attempt.id))
      throw refuse(`${found.accepted.upstreamId} belongs to another task.`)
    return found.accepted

    async function ask() {
      try {
        const answer = await exchange.ask(vendor, config, vendor.lookup!(asked, config, context))
        return vendor.found!(answer, asked, config, context)
      } catch (error) {
        if (error instanceof UpstreamError)
          throw new ApiError('upstream_error', { message: 'The vendor did not answer. Try again later.', cause: error })
        throw error
      }
    }
  }

  async function settle(task: Task, kind: 'capture' | 'release', reason: string): Promise<void> {
    if (!(await store.settle(task, kind, reason, now()))) throw decided()
  }

  return {
    /** Carries out the operator's decision. Gives the task afterwards. */
    async resolve(id: string, resolution: Resolution): Promise<Task> {
      const task = await tasks.get(id)
      if (!task) throw new ApiError('video_not_found', { param: 'id' })
      if (!store.isUnresolved(task))
        throw new ApiError('invalid_request', {
          param: 'id',
          message: 'Only a task that failed with submit_outcome_unknown or internal_quarantined can be resolved.'
        })
      if (resolution.outcome === 'lost') await settle(task, 'release', 'resolved: lost')
      else if (resolution.outcome === 'charged') await settle(task, 'capture', 'resolved: charged')
      else {
        const { operation, upstreamId } = await find(task, resolution.upstreamId)
        const attempt = await tasks.attempt(task.attemptId!) // found by it a moment ago
        const deadlineAt = now() + deadlineMs
        if (!attempt || !(await store.reattach(task, attempt, { operation, upstreamId, deadlineAt }, now())))
          throw decided()
      }
      onChange(id)
      return (await tasks.get(id)) ?? task
    },

    /** Gives back what nobody decided on in time. Gives how many. */
    async sweep(): Promise<number> {
      const over = await store.open(now() - unresolvedHoldMs, BATCH)
      for (const task of over) {
        if (await store.settle(task, 'release', 'nobody resolved it in time', now()))
          log.warn({ task: task.id, price: task.price }, 'a submit of unknown outcome was written off')
      }
      return over.length
    }
  }
}

export type Unresolved = ReturnType<typeof createUnresolved>

const decided = () => new ApiError('conflict', { message: 'This task was resolved before.' })
