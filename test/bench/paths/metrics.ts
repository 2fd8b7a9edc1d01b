import { createMetrics } from '../../../src/metrics/index.ts'
import { median, round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const REQUESTS = 500_000
const MOST_US = 2

/** M: what the metrics cost each request, and a scrape of many series. */
export async function metrics({ effort }: Context): Promise<Row[]> {
  const { http, scrape } = createMetrics({ routing: { find: async () => undefined }, version: 'bench' })
  const routes = Array.from({ length: 40 }, (_, number) => `/v1/route/${number}/:id`)
  const cost = () => {
    const began = process.cpuUsage()
    for (let made = 0; made < REQUESTS; made++) http('GET', routes[made % 40]!, made % 7 === 0 ? 404 : 200, made % 50)
    const { user, system } = process.cpuUsage(began)
    return (user + system) / REQUESTS
  }
  cost()
  const each = median(Array.from({ length: effort.rounds }, cost))
  const began = performance.now()
  const text = await scrape()
  const ms = performance.now() - began
  return [
    {
      name: 'M metrics of one request',
      anchor: `${MOST_US} µs`,
      cpu: round(MOST_US / each),
      goal: 1,
      met: each < MOST_US,
      detail: `${round(each)} µs of CPU; a scrape of ${text.split('\n').length} lines ${round(ms)} ms`
    }
  ]
}
