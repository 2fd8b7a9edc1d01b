import type { FastifyInstance } from 'fastify'
import { toDecimal } from '../../lib/money.ts'
import type { Usage } from '../../admin/usage.ts'
import { needs } from '../plugins/caller.ts'

export interface UsageServices {
  usage: Usage
}

/** Returns what this key has spent, has on hold, and may still spend. */
export async function usageRoutes(app: FastifyInstance, { usage }: UsageServices) {
  app.get('/usage', needs('usage:read'), async request => {
    const { currency, spent, held, budget, others } = await usage.ofKey(request.key)
    const money = (micro: number, of = currency) => ({ amount: toDecimal(micro), currency: of })
    return {
      object: 'usage' as const,
      spent: money(spent),
      held: money(held),
      budget: budget && {
        ...money(budget.amount),
        window: budget.window,
        remaining: toDecimal(budget.remaining),
        resets_at: budget.resetsAt === null ? null : Math.floor(budget.resetsAt / 1000)
      },
      ...(others.length > 0 && {
        others: others.map(other => ({
          spent: money(other.spent, other.currency),
          held: money(other.held, other.currency)
        }))
      })
    }
  })
}
