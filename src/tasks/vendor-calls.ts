import type { Logger } from 'pino'
import type { Task } from '../db/index.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { Polled } from '../vendors/vendor.ts'
import type { ChannelHealthService } from './channel-health.ts'
import type { About, WatchedExchange } from './watched-exchange.ts'
import type { Connection } from './routing.ts'

interface Dependencies {
  exchange: WatchedExchange
  health: ChannelHealthService
  log: Logger
}

/** `requested`: the vendor will try, and only a poll tells whether it did */
export type CancelAnswer = 'cancelled' | 'requested' | 'refused' | 'unanswered'

/** What is asked of a vendor about a task that it accepted. */
export function createVendorCalls({ exchange, health, log }: Dependencies) {
  return {
    /** Asks for the state of a task; `unchanged` when there is no usable answer. */
    async poll(task: Task, { channel, vendor, config }: Connection): Promise<Exclude<Polled, { status: 'follow' }>> {
      try {
        const answer = await exchange.ask(vendor, config, vendor.poll(task.operation, config), about(task, 'poll'))
        let polled = vendor.polled(answer, task.operation, config)
        while (polled.status === 'follow')
          polled = polled.read(await exchange.ask(vendor, config, polled.request, about(task, 'poll')))
        health.polls.recordCall(channel.id, answer.status < 500)
        if (polled.status === 'unchanged')
          log.info({ task: task.id, failure: polled.failure }, 'poll: unreadable answer')
        return polled
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        health.polls.recordCall(channel.id, false)
        log.info({ task: task.id, err: error }, 'poll: no answer')
        return { status: 'unchanged' }
      }
    },

    /**
     * Asks the vendor to cancel a task. `seen`: what a poll just said: only a task that has not ended may be cancelled, because some vendors'
     * DELETE would erase the result of a paid task.
     */
    async cancel(
      task: Task,
      { vendor, config }: Connection,
      { status }: Pick<Polled, 'status'>
    ): Promise<CancelAnswer> {
      const isPossible = vendor.facts.cancel === 'any' || status === 'queued'
      const request = isPossible ? vendor.cancel?.(task.operation, config) : null
      if (!request || !vendor.cancelled) return 'refused'
      try {
        const answer = await exchange.ask(vendor, config, request, about(task, 'cancel'))
        const outcome = vendor.cancelled(answer, task.operation)
        if (outcome.status === 'cancelled') return outcome.requested ? 'requested' : 'cancelled'
        log.info({ task: task.id, failure: outcome.failure }, 'cancel: refused by vendor')
        return answer.status === 429 || answer.status >= 500 ? 'unanswered' : 'refused'
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        log.info({ task: task.id, err: error }, 'cancel: no answer')
        return 'unanswered'
      }
    }
  }
}

export type VendorCalls = ReturnType<typeof createVendorCalls>

const about = ({ id, attemptId, traceparent }: Task, step: About['step']): About => ({
  taskId: id,
  attemptId,
  step,
  traceparent
})
