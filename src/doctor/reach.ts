import { Agent, request } from 'undici'
import { createGuard, type GuardOptions } from '../upstream/guard.ts'
import { wordsOf } from './check.ts'

/** What became of a request to a host. */
export interface Reached {
  /** null: it answered, whatever it said */
  error: string | null
  ms: number
  /** its clock, in milliseconds; null: it did not say */
  date: number | null
}

const TIMEOUT_MS = 5000

/** Opens what asks hosts whether they answer, under the rules for all outgoing requests. */
export function openReach(allow: GuardOptions['allow']) {
  const agent = new Agent({ connect: createGuard({ allow }).connector(TIMEOUT_MS) })
  return {
    async try(origin: string): Promise<Reached> {
      const startedAt = performance.now()
      const took = () => Math.round(performance.now() - startedAt)
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS)
        const { headers, body } = await request(`${origin}/`, { method: 'HEAD', dispatcher: agent, signal })
        await body.dump()
        const date = Date.parse(String(headers.date))
        return { error: null, ms: took(), date: Number.isNaN(date) ? null : date }
      } catch (error) {
        return { error: wordsOf(error), ms: took(), date: null }
      }
    },
    close: () => agent.destroy()
  }
}
