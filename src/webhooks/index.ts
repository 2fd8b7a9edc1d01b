import type { Logger } from 'pino'
import type { Vault } from '../lib/vault.ts'
import type { Stores } from '../stores/index.ts'
import type { Upstream } from '../upstream/index.ts'
import { createDeliver } from './deliver.ts'
import { createEndpoints } from './endpoints.ts'

interface Dependencies {
  stores: Stores
  upstream: Pick<Upstream, 'post' | 'refuseAddress'>
  /** writes callbacks in the words of fronts */
  writeCallback: Parameters<typeof createDeliver>[0]['writeCallback']
  vault: Vault
  /** `ENDPOINTS_PER_KEY`: how many a key may have */
  config: { ENDPOINTS_PER_KEY: number }
  refuseManaged: Parameters<typeof createEndpoints>[0]['refuseManaged']
  now(): number
  random(): number
  /** told how each try of a delivery ended */
  onOutcome: Required<Parameters<typeof createDeliver>[0]>['onOutcome']
  log: Logger
}

/** Users' webhooks: their endpoints and the delivery of events. */
export function createWebhooks({
  stores: { deliveries, endpoints, keys },
  upstream: { post, refuseAddress },
  writeCallback,
  vault,
  config,
  refuseManaged,
  now,
  random,
  onOutcome,
  log
}: Dependencies) {
  const deliver = createDeliver({ store: deliveries, writeCallback, vault, post, now, random, onOutcome, log })
  return {
    deliver,
    endpoints: createEndpoints({
      store: endpoints,
      deliveries,
      keys,
      deliver,
      vault,
      now,
      mostPerKey: config.ENDPOINTS_PER_KEY,
      refuseAddress,
      refuseManaged
    })
  }
}
