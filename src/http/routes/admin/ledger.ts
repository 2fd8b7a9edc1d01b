import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { LedgerEntry } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import { decimalPattern, toDecimal, toMicro } from '../../../lib/money.ts'
import type { Unresolved } from '../../../tasks/unresolved.ts'
import type { Audit } from '../../../admin/audit.ts'
import type { AdminTasks } from '../../../admin/tasks.ts'
import type { Usage } from '../../../admin/usage.ts'
import type { Presenter } from '../../video/presenter.ts'
import { parse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { listQuery, page } from '../list.ts'
import { currency } from './fields.ts'
import { showTask } from './task-view.ts'

export interface LedgerServices {
  usage: Usage
  unresolved: Unresolved
  adminTasks: AdminTasks
  presenter: Presenter
  audit: Audit
}

export const query = listQuery('led', 'ledger entry').extend({
  key: z.string().optional(),
  task: z.string().optional(),
  kind: z.enum(['hold', 'capture', 'release', 'adjust']).optional()
})

const reason = z.string().trim().min(1).max(500)

export const adjustment = z.strictObject({
  key_id: z.string(),
  task_id: z.string().nullable().default(null),
  amount: z
    .string()
    .refine(text => decimalPattern.test(text.replace(/^-/, '')), 'must be a decimal string, e.g. "1.50" or "-1.50"'),
  currency,
  reason
})

export const resolution = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('lost'), reason: reason.optional() }),
  z.strictObject({ outcome: z.literal('charged'), reason: reason.optional() }),
  z.strictObject({ outcome: z.literal('found'), upstream_id: z.string().min(1).max(500).optional() })
])

/** Ledger entries, an operator's adjustments, and decisions on submits with an unknown outcome. */
export async function ledgerRoutes(
  app: FastifyInstance,
  { usage, unresolved, adminTasks, presenter, audit }: LedgerServices
) {
  app.get('/ledger', needs('usage:read', query), async request => {
    const { after, limit, order, key, task, kind } = parse(query, request.query)
    const found = await usage.entries({
      limit: limit + 1,
      order,
      ...defined({ after, keyId: key, taskId: task, kind })
    })
    return page(found.slice(0, limit).map(showEntry), found.length > limit)
  })

  // a positive amount is charged, a negative one refunded
  app.post('/ledger', needs('usage:write'), async (request, reply) => {
    const { key_id: keyId, task_id: taskId, amount: given, currency: of, reason } = parse(adjustment, request.body)
    const micro = toMicro(given.replace('-', '')) * (given.startsWith('-') ? -1 : 1)
    const entry = await usage.adjust({ keyId, taskId, amount: micro, currency: of, reason }, byOf(request))
    return reply.code(201).send(showEntry(entry))
  })

  app.post<{ Params: { id: string } }>('/tasks/:id/resolve', needs('tasks:write'), async request => {
    const body = parse(resolution, request.body)
    const task = await unresolved.resolve(
      request.params.id,
      body.outcome === 'found' ? { outcome: 'found', upstreamId: body.upstream_id } : body
    )
    const target = { type: 'task', id: task.id, name: task.model } as const
    await audit.add(byOf(request), { action: 'task.resolve', target, after: { ...body } })
    const [described] = await adminTasks.describe([task])
    return showTask(await presenter.show(request, task), described!) // one for each task
  })
}

function showEntry({ id, taskId, keyId, kind, fromAccount, toAccount, amount: micro, ...entry }: LedgerEntry) {
  const refunded = kind === 'adjust' && toAccount.startsWith('wallet:')
  return {
    id,
    object: 'ledger.entry' as const,
    key_id: keyId,
    task_id: taskId,
    kind,
    amount: toDecimal(refunded ? -micro : micro),
    currency: entry.currency,
    from: fromAccount,
    to: toAccount,
    reason: entry.reason,
    created_at: Math.floor(entry.createdAt / 1000)
  }
}
