import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Alerts } from '../../../alerts/index.ts'
import { defined } from '../../../lib/defined.ts'
import { parse } from '../../parse.ts'
import { needs } from '../../plugins/caller.ts'
import { listQuery, page } from '../list.ts'

export interface AlertServices {
  alerts: Alerts
}

export const query = listQuery('inc', 'alert').omit({ order: true })
export const tested = z.strictObject({ target: z.string().min(1).max(100).optional() })

/** What operators are told of, whom, and whether that works. */
export async function alertRoutes(app: FastifyInstance, { alerts }: AlertServices) {
  app.get('/alerts', needs('settings:read', query), async request => {
    const { after, limit } = parse(query, request.query)
    const found = await alerts.list({ limit: limit + 1, ...defined({ after }) })
    return page(found.slice(0, limit).map(showIncident), found.length > limit)
  })

  app.get('/alerts/targets', needs('settings:read'), async () => ({
    object: 'list' as const,
    data: alerts.targets.map(({ id, kind, shown }) => ({ id, object: 'alert.target' as const, kind, address: shown }))
  }))

  app.post('/alerts/test', needs('settings:write'), async request => {
    const { target } = parse(tested, request.body ?? {})
    const results = await alerts.test(target)
    return {
      object: 'alert.test' as const,
      results: results.map(({ target: { id, kind, shown }, error, ms }) => ({
        target: id,
        kind,
        address: shown,
        ok: error === null,
        error,
        latency_ms: ms
      }))
    }
  })
}

type Listed = Awaited<ReturnType<Alerts['list']>>[number]

const showIncident = ({ incident, alerts, message }: Listed) => ({
  id: incident.id,
  object: 'alert' as const,
  kind: incident.kind,
  severity: incident.severity,
  subject: incident.subject,
  title: message.title,
  summary: message.summary,
  link: message.link,
  opened_at: seconds(incident.openedAt),
  closed_at: incident.closedAt === null ? null : seconds(incident.closedAt),
  messages: alerts.map(({ target, phase, status, tries, error, sentAt }) => ({
    target,
    phase,
    status,
    tries,
    error,
    sent_at: sentAt === null ? null : seconds(sentAt)
  }))
})

const seconds = (time: number) => Math.floor(time / 1000)
