import type { Registry } from '@prometheus-io/client'
import { createHistogram } from './histogram.ts'

const UNKNOWN = 'none'

/** Returns a function that records a request to the gateway: on the path of every poll, so a series is looked up once. */
export function createHttpMetrics(registry: Registry) {
  const duration = createHistogram(registry, {
    name: 'reelay_http_request_duration_seconds',
    help: 'Requests to the gateway, by the pattern of their route and the class of their status (2xx). Streams last as long as they are open.',
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60]
  })
  const series = new Map<string, Map<string, ((seconds: number) => void)[]>>()

  /** `route`: the pattern; undefined: no route. `ms`: milliseconds. */
  return (method: string, route: string | undefined, status: number, ms: number): void => {
    const name = route ?? UNKNOWN
    const ofRoute = series.get(name) ?? new Map<string, ((seconds: number) => void)[]>()
    if (ofRoute.size === 0) series.set(name, ofRoute)
    const ofMethod = ofRoute.get(method) ?? []
    if (ofMethod.length === 0) ofRoute.set(method, ofMethod)
    const hundreds = Math.trunc(status / 100)
    ofMethod[hundreds] ??= duration({ method, route: name, status: `${hundreds}xx` })
    ofMethod[hundreds](ms / 1000)
  }
}
