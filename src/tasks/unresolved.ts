import type { Logger } from 'pino'
import type { Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { FollowUpStore } from '../stores/follow-ups.ts'
import type { UnresolvedStore } from '../stores/unresolved.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { Accepted, HttpRequest } from '../vendors/vendor.ts'
import type { Routing } from './routing.ts'

/** What an operator has found out about a task that ended with an open hold. `reason` is written to the ledger. */
export type Resolution =
  /** the vendor never accepted it, or will not charge for it: the hold is released */
  | { outcome: 'lost'; reason?: string | undefined }
  /** it was charged, but the video is unavailable: the hold is captured */
  | { outcome: 'charged'; reason?: string | undefined }
  /** the vendor has it: the task continues */
  | { outcome: 'found'; upstreamId?: string | undefined }

interface Dependencies {
  store: UnresolvedStore
  tasks: TaskStore
  followUps: FollowUpStore
  routing: Routing
  exchange: Exchange
  now(): number
  /** how long a hold waits for a decision before it is released */
  unresolvedHoldMs: number
  /** a task that is found must end within this */
  deadlineMs: number
  log: Logger
  /** called when a task changed, to invalidate caches and notify clients; `isSettled`: its money was decided */
  onChange(task: Task, isSettled: boolean): void
}

const BATCH = 100

/**
 * Resolves tasks that ended with an open hold. Submits of unknown outcome: the hold stays until an operator decides, or is released after
 * `unresolvedHoldMs`. Tasks that were given up while their vendors go on: it stays until the vendor ends them, or an operator decides.
 */
export function createUnresolved({
  store,
  tasks,
  followUps,
  routing,
  exchange,
  now,
  unresolvedHoldMs,
  deadlineMs,
  log,
  onChange
}: Dependencies) {
  /** Returns the vendor's task: as stored, else by a lookup. Throws invalid_request when it is not found, upstream_error without a clear answer. */
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
    const noLookup = 'This vendor has no lookup, so the task cannot be continued. Resolve it as charged or lost.'
    if (!connection?.vendor.found || !attempt || !video) throw refuse(noLookup)
    const { channel, vendor, config } = connection
    const sent = { ...video, model: attempt.upstreamModel }
    const context = { reference: attempt.reference, sentAt: attempt.startedAt }
    const request = vendor.lookup?.(sent, config, context)
    if (!request) throw refuse(noLookup)
    const found = await lookup(request)
    if (found.status === 'unclear')
      throw new ApiError('upstream_error', { message: "The vendor's answer is inconclusive. Try again later." })
    if (found.status !== 'found' || (upstreamId !== undefined && found.accepted.upstreamId !== upstreamId))
      throw refuse(
        `The vendor's lookup does not return ${upstreamId === undefined ? 'this task' : `${upstreamId} for this task`}, so it cannot be continued.`
      )
    if (await tasks.isTaken(channel.id, found.accepted.upstreamId, attempt.id))
      throw refuse(`${found.accepted.upstreamId} belongs to another task.`)
    return found.accepted

    async function lookup(request: HttpRequest) {
      try {
        const answer = await exchange.ask(vendor, config, request)
        return vendor.found!(answer, sent, config, context)
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

  /** Ends what the gateway still follows at the vendor, by the operator's word. */
  async function endFollowUp(task: Task, resolution: Resolution): Promise<void> {
    const refuse = (param: string, message: string) => new ApiError('invalid_request', { param, message })
    if (resolution.outcome === 'found')
      throw refuse('outcome', 'The vendor has this task, and its end is still followed. Resolve it as charged or lost.')
    const { outcome, reason } = resolution
    if (!reason) throw refuse('reason', 'Say why: the vendor has not ended this task, so it may still charge for it.')
    const settle = outcome === 'lost' ? 'release' : 'capture'
    if (!(await followUps.end(task, { settle }, now(), resolvedAs(resolution)))) throw decided()
  }

  return {
    /** Carries out the operator's decision and returns the updated task. Throws when it cannot be resolved that way, or was resolved before. */
    async resolve(id: string, resolution: Resolution): Promise<Task> {
      const task = await tasks.get(id)
      if (!task) throw new ApiError('video_not_found', { param: 'id' })
      if (task.followUpAt === null && !store.isUnresolved(task))
        throw new ApiError('invalid_request', {
          param: 'id',
          message:
            'Only a task whose submit has an unknown outcome, or that was cancelled or expired while its vendor goes on, can be resolved.'
        })
      if (task.followUpAt !== null) await endFollowUp(task, resolution)
      else if (resolution.outcome === 'lost') await settle(task, 'release', resolvedAs(resolution))
      else if (resolution.outcome === 'charged') await settle(task, 'capture', resolvedAs(resolution))
      else {
        const { operation, upstreamId } = await find(task, resolution.upstreamId)
        const attempt = await tasks.attempt(task.attemptId!) // not null: `find` needs it too
        const deadlineAt = now() + deadlineMs
        if (!attempt || !(await store.reattach(task, attempt, { operation, upstreamId, deadlineAt }, now())))
          throw decided()
      }
      onChange(task, resolution.outcome !== 'found')
      return (await tasks.get(id)) ?? task
    },

    /** Releases the holds that nobody resolved in time. Returns how many were due. */
    async sweep(): Promise<number> {
      const over = await store.open(now() - unresolvedHoldMs, BATCH)
      for (const task of over) {
        try {
          if (await store.settle(task, 'release', 'not resolved in time', now()))
            log.warn({ task: task.id, price: task.price }, 'unresolved submit: hold released, not resolved in time')
        } catch (error) {
          log.error({ task: task.id, err: error }, 'unresolved submit: hold could not be released')
        }
      }
      return over.length
    }
  }
}

export type Unresolved = ReturnType<typeof createUnresolved>

const resolvedAs = ({ outcome, reason }: Exclude<Resolution, { outcome: 'found' }>) =>
  `resolved: ${outcome}${reason ? `, ${reason}` : ''}`

const decided = () => new ApiError('conflict', { message: 'This task has already been resolved.' })
