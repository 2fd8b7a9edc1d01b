import { Histogram, type Registry } from '@prometheus-io/client'

const UNKNOWN = 'none'

/** Returns a function that records a request to the gateway: on the path of every poll, so a series is looked up once. */
export function createHttpMetrics(registry: Registry) {
  const duration = new Histogram({
    name: 'reelay_http_request_duration_seconds',
    help: 'Requests to the gateway, by the pattern of their route and the class of their status (2xx). Streams last as long as they are open.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers: [registry]
  })
  const series = new Map<string, Map<string, Histogram.Internal<'method' | 'route' | 'status'>[]>>()

  /** `route`: the pattern; undefined: no route. `ms`: milliseconds. */
  return (method: string, route: string | undefined, status: number, ms: number): void => {
    const name = route ?? UNKNOWN
    const ofRoute = series.get(name) ?? new Map<string, Histogram.Internal<'method' | 'route' | 'status'>[]>()
    if (ofRoute.size === 0) series.set(name, ofRoute)
    const ofMethod = ofRoute.get(method) ?? []
    if (ofMethod.length === 0) ofRoute.set(method, ofMethod)
    const hundreds = Math.trunc(status / 100)
    ofMethod[hundreds] ??= duration.labels({ method, route: name, status: `${hundreds}xx` })
    ofMethod[hundreds].observe(ms / 1000)
  }
}
