import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../../admin/audit.ts'
import type { AuditRow } from '../../../db/index.ts'
import { csvLine } from '../../../lib/csv.ts'
import { defined } from '../../../lib/defined.ts'
import { integer, parse } from '../../parse.ts'
import { needs } from '../../plugins/caller.ts'
import { intact } from '../../../lib/damaged.ts'
import { page } from '../list.ts'
import { formatOf, sendExport } from './export.ts'
import { moment } from './fields.ts'

export interface AuditServices {
  audit: Audit
}

const query = z.strictObject({
  who: z.string().min(1).max(200).optional(),
  what: z.string().min(1).max(100).optional(),
  target: z.string().min(1).max(200).optional(),
  q: z.string().min(1).max(200).optional(),
  from: moment.optional(),
  to: moment.optional(),
  after: z.string().max(200).optional(),
  limit: integer(0, 100).default(20),
  format: z.enum(['json', 'csv', 'ndjson']).optional()
})

/** Every change by an operator, newest first: as a list, or all of a filter as CSV or newline-delimited JSON. */
export async function auditRoutes(app: FastifyInstance, { audit }: AuditServices) {
  app.get('/audit', needs('audit:read', query), async (request, reply) => {
    const { after, limit, format = formatOf(request.headers.accept), ...given } = parse(query, request.query)
    const filter = defined(given)
    if (format !== 'json') {
      const rows = audit.all(filter)
      return sendExport(reply, format === 'csv' ? csvOf(rows) : linesOf(rows), format, 'audit')
    }
    const { rows, hasMore, last } = await audit.list({ ...filter, limit, ...defined({ after }) })
    // the last one that was looked at: a rare text may need several pages
    return { ...page(rows.map(showRow), hasMore), last_id: last }
  })
}

async function* linesOf(rows: AsyncIterable<AuditRow>) {
  for await (const row of rows) yield `${JSON.stringify(showRow(row))}\n`
}

async function* csvOf(rows: AsyncIterable<AuditRow>) {
  yield csvLine([
    'id',
    'at',
    'actor_kind',
    'actor_id',
    'actor_name',
    'via',
    'ip',
    'action',
    'target_type',
    'target_id',
    'target_name',
    'before',
    'after',
    'request_id'
  ])
  for await (const row of rows) {
    const { id, at, actor, via, ip, action, target, before, after, request_id } = showRow(row)
    yield csvLine([
      id,
      new Date(at * 1000).toISOString(),
      actor.kind,
      actor.id,
      actor.name,
      via,
      ip,
      action,
      target.type,
      target.id,
      target.name,
      before && JSON.stringify(before),
      after && JSON.stringify(after),
      request_id
    ])
  }
}

function showRow(whole: AuditRow) {
  const row = intact(whole)
  return {
    id: row.id,
    object: 'audit.entry' as const,
    at: Math.floor(row.createdAt / 1000),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    ip: row.ip,
    via: row.via,
    action: row.action,
    target: { type: row.targetType, id: row.targetId, name: row.targetName },
    before: row.before,
    after: row.after,
    request_id: row.requestId
  }
}
