import { z } from 'zod'
import type { TaskState } from '../../../db/index.ts'
import { taskStates } from '../../../domain/task-state.ts'
import { defined } from '../../../lib/defined.ts'
import { decimalPattern, toMicro } from '../../../lib/money.ts'
import type { TaskSearch } from '../../../stores/task-search.ts'
import { listQuery } from '../list.ts'
import { moment } from './fields.ts'

/* The filters of the operators' task list, its totals, exports and bulk changes. */

const text = (most: number) => z.string().min(1).max(most)

const cost = z.string().regex(decimalPattern, 'must be a decimal string, e.g. "0.50"').transform(toMicro)

/** Our statuses as clients see them, and the states that they stand for. */
const statuses = {
  queued: ['waiting'],
  in_progress: ['running'],
  completed: ['succeeded'],
  failed: ['failed', 'cancelled', 'needs_decision'],
  refused: ['refused']
} as const satisfies Record<string, readonly (typeof taskStates)[number][]>

const isState = (text: string): text is TaskState => (taskStates as readonly string[]).includes(text)

const state = z
  .string()
  .refine(list => list.split(',').every(isState), `must be a comma-separated list of ${taskStates.join(', ')}`)
  .transform(list => list.split(',').filter(isState))

export const taskFilter = z.strictObject({
  state: state.optional(),
  // true because the table's keys are its own
  status: z.enum(Object.keys(statuses) as (keyof typeof statuses)[]).optional(),
  q: text(200).optional(),
  model: text(200).optional(),
  channel: text(100).optional(),
  key: text(100).optional(),
  user: text(512).optional(),
  error: text(100).optional(),
  vendor_code: text(200).optional(),
  group: text(64).optional(),
  from: moment.optional(),
  to: moment.optional(),
  min_cost: cost.optional(),
  max_cost: cost.optional()
})

export const taskQuery = taskFilter.extend({
  ...listQuery('video', 'task').shape,
  sort: z.enum(['created', 'cost', 'duration']).default('created'),
  format: z.enum(['json', 'csv', 'ndjson']).optional()
})

/** Returns the search of a filter. `status` and `state` together: what is in both. */
export function searchOf(filter: z.infer<typeof taskFilter>): TaskSearch {
  const { state: given, status, q, model, channel, key, user, error, group, from, to } = filter
  const named = status && statuses[status]
  const states = given && named ? given.filter(one => (named as readonly string[]).includes(one)) : (given ?? named)
  return defined({
    states: states && [...new Set(states)],
    q,
    model,
    channelId: channel,
    keyId: key,
    user,
    error,
    vendorCode: filter.vendor_code,
    group,
    from,
    to,
    minCost: filter.min_cost,
    maxCost: filter.max_cost
  })
}
