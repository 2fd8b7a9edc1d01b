import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Key } from '../../db/index.ts'
import { blankKey } from '../../domain/blank-key.ts'
import type { Metrics } from '../../metrics/index.ts'
import type { Auth } from '../plugins/auth.ts'
import { needs } from '../plugins/caller.ts'

export interface MetricServices {
  metrics: Pick<Metrics, 'scrape' | 'contentType'>
}

/** `/metrics`: in Prometheus' text format, for whoever may read metrics. */
export async function metricRoutes(app: FastifyInstance, { metrics }: MetricServices) {
  app.get('/metrics', needs('metrics:read'), async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.scrape())
  )
}

/** Returns the same authentication, which knows METRICS_TOKEN as well: a bearer that may read metrics and nothing else. */
export function withMetricsToken(auth: Auth, token: string | undefined): Auth {
  if (token === undefined) return auth
  const expected = Buffer.from(`Bearer ${token}`)
  const isToken = ({ headers: { authorization = '' } }: FastifyRequest) => {
    const given = Buffer.from(authorization)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
  return { ...auth, identify: request => (isToken(request) ? scraper : auth.identify(request)) }
}

const scraper: Key = {
  ...blankKey,
  id: 'key_metrics',
  name: 'METRICS_TOKEN',
  role: 'admin',
  scopes: ['metrics:read'],
  hash: '',
  createdAt: 0
}
