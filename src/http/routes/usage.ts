import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../../admin/accounts.ts'
import { toDecimal } from '../../lib/money.ts'
import type { Usage } from '../../admin/usage.ts'
import { integer, parse } from '../parse.ts'
import { needs } from '../plugins/caller.ts'

export interface UsageServices {
  usage: Usage
  accounts: Pick<Accounts, 'historyOf'>
}

const DAY = 86_400_000

// none unless asked for: programs look at their budget all the time
const query = z.object({ days: integer(0, 90).default(0) })

/** Returns what this key has spent, has on hold, and may still spend; with `days`, what it spent on each of the last days, and with which models. */
export async function usageRoutes(app: FastifyInstance, { usage, accounts }: UsageServices) {
  app.get('/usage', needs('usage:read'), async request => {
    const { days: count } = parse(query, request.query)
    const { currency, spent, held, budget, others } = await usage.ofKey(request.key)
    const money = (micro: number, of = currency) => ({ amount: toDecimal(micro), currency: of })
    const history = count > 0 ? await accounts.historyOf(request.key.id, currency, count) : null
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
      }),
      ...(history && {
        days: history.days.map(({ day, spent: onDay, videos }) => ({
          day: new Date(day * DAY).toISOString().slice(0, 10),
          spent: money(onDay),
          videos
        })),
        models: history.models.map(line => ({
          model: line.model,
          spent: money(line.spent, line.currency),
          videos: line.videos,
          seconds: line.milliseconds / 1000
        }))
      })
    }
  })
}
