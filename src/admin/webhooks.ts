import type { Endpoint } from '../db/index.ts'
import type { By } from '../domain/audit.ts'
import { ApiError } from '../errors.ts'
import { intact } from '../lib/damaged.ts'
import type { DeliveryCounts, DeliveryStore } from '../stores/deliveries.ts'
import type { EndpointFilter, EndpointStore } from '../stores/endpoints.ts'
import type { ManagedStore } from '../stores/managed.ts'
import type { NameStore } from '../stores/names.ts'
import { RETRY_FOR, type Deliver } from '../webhooks/deliver.ts'
import type { Audit } from './audit.ts'
import { managedBy, type ManagedBy } from './managed.ts'
import type { Named } from './tasks.ts'

/** An endpoint with its key, and what became of its deliveries in the last 30 days. */
export interface DescribedEndpoint {
  endpoint: Endpoint
  key: Named
  counts: DeliveryCounts
  managedBy: ManagedBy | null
}

/** Which deliveries to start over; times in milliseconds. */
export interface ReplayFilter {
  status: 'delivered' | 'failed'
  endpointId?: string
  /** created then or later */
  since?: number
}

interface Dependencies {
  endpoints: EndpointStore
  deliveries: DeliveryStore
  names: NameStore
  managed: ManagedStore
  deliver: Pick<Deliver, 'notify'>
  audit: Audit
  now(): number
}

const COUNTED = 30 * 86_400_000
const AT_ONCE = 1000

/** The webhook endpoints of all keys, and their deliveries together. */
export function createAdminWebhooks({ endpoints, deliveries, names, managed, deliver, audit, now }: Dependencies) {
  async function describe(found: readonly Endpoint[]): Promise<DescribedEndpoint[]> {
    const ids = found.map(({ id }) => id)
    const [keyNames, counts, owned] = await Promise.all([
      names.keys(found.map(({ keyId }) => keyId)),
      deliveries.countsOf(ids, now() - COUNTED),
      managedBy(managed, 'webhook_endpoint')
    ])
    return found.map(endpoint => ({
      endpoint: intact(endpoint),
      key: { id: endpoint.keyId, name: keyNames.get(endpoint.keyId) ?? endpoint.keyId },
      counts: counts.get(endpoint.id) ?? { delivered: 0, failed: 0, pending: 0 },
      managedBy: owned.get(endpoint.id) ?? null
    }))
  }

  async function checkEndpoint(id: string) {
    const endpoint = await endpoints.get(id)
    if (!endpoint) throw invalid(`there is no webhook endpoint ${id}`)
    if (endpoint.disabled) throw invalid('is disabled. Enable it first')
  }

  return {
    async list(filter: Omit<EndpointFilter, 'keyId'>): Promise<DescribedEndpoint[]> {
      return describe(await endpoints.list(filter))
    },

    /**
     * Delivers events again under the same ids, with another 72 hours of attempts; those to deleted and disabled endpoints are left alone.
     * Returns how many. Throws invalid_request when the endpoint is deleted or disabled.
     */
    async replay(filter: ReplayFilter, by: By): Promise<number> {
      if (filter.endpointId !== undefined) await checkEndpoint(filter.endpointId)
      const started = now()
      let count = 0
      for (let after: string | undefined; ;) {
        const ids = await deliveries.replayFound(
          { ...filter, ...(after !== undefined && { after }), limit: AT_ONCE },
          started,
          started + RETRY_FOR
        )
        count += ids.length
        after = ids.at(-1)
        if (ids.length < AT_ONCE) break
      }
      if (count === 0) return 0
      deliver.notify()
      const { status, endpointId: endpoint = null, since = null } = filter
      await audit.add(by, {
        action: 'webhook_delivery.replay',
        target: { type: 'webhook_delivery', id: 'all', name: null },
        after: { status, endpoint, since: since === null ? null : Math.floor(since / 1000), count }
      })
      return count
    }
  }
}

export type AdminWebhooks = ReturnType<typeof createAdminWebhooks>

const invalid = (reason: string) =>
  new ApiError('invalid_request', { param: 'endpoint', message: `endpoint: ${reason}.` })
