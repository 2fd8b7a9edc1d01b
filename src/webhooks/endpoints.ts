import { randomBytes } from 'node:crypto'
import type { Delivery, Endpoint, Key } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { endpointSecretsContext } from '../lib/encryption-context.ts'
import { newId } from '../lib/ids.ts'
import type { Vault } from '../lib/vault.ts'
import type { DeliveryFilter, DeliveryStore } from '../stores/deliveries.ts'
import type { EndpointFilter, EndpointStore } from '../stores/endpoints.ts'
import type { KeyStore } from '../stores/keys.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import { openSecrets, RETRY_FOR, type Deliver } from './deliver.ts'
import { eventTypesFor, sampleData, type EventType } from '../domain/events.ts'
import { secretHint, toSigningSecret } from './sign.ts'

/** What an owner decides about an endpoint. */
export interface EndpointSettings {
  name: string
  url: string
  events: string[]
  disabled: boolean
}

interface Dependencies {
  store: EndpointStore
  deliveries: DeliveryStore
  keys: KeyStore
  deliver: Deliver
  vault: Vault
  now(): number
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
}

const OVERLAP = 24 * 60 * 60 * 1000
const MOST_OF_A_KEY = 2000
const MOST_SECRETS = 5

/** Where people want to be told: their endpoints, and what was delivered to them. */
export function createEndpoints({ store, deliveries, keys, deliver, vault, now, refuseAddress }: Dependencies) {
  /** Somebody else's endpoint does not exist; an admin sees all. */
  async function get(key: Key, id: string): Promise<Endpoint> {
    const endpoint = await store.get(id)
    if (!endpoint || (endpoint.keyId !== key.id && key.role !== 'admin')) throw notFound('webhook endpoint', id)
    return endpoint
  }

  function checkUrl(url: string) {
    const reason = refuseAddress(url)
    if (reason) throw new ApiError('invalid_request', { param: 'url', message: `url: ${reason}` })
  }

  function checkTypes(types: readonly string[], role: Key['role'], param = 'event_types') {
    const known: readonly string[] = eventTypesFor(role)
    const wrong = types.find(type => !known.includes(type))
    if (wrong === undefined) return
    const message = `${param}: ${wrong.slice(0, 100)} is not sent to this key; ${known.join(', ')} are.`
    throw new ApiError('invalid_request', { param, message })
  }

  function newSecret(endpointId: string) {
    const secret = toSigningSecret(randomBytes(32))
    return { secret, sealed: { cipher: vault.encrypt(secret, endpointSecretsContext(endpointId)), until: null } }
  }

  return {
    get,

    /** A new endpoint; its secret is shown this once. */
    async create(
      key: Key,
      { name, url, events }: { name?: string | undefined; url: string; events: string[] }
    ): Promise<{ endpoint: Endpoint; secret: string }> {
      checkUrl(url)
      checkTypes(events, key.role)
      if ((await store.countOf(key.id)) >= MOST_OF_A_KEY)
        throw new ApiError('invalid_request', {
          message: `A key may have ${MOST_OF_A_KEY} endpoints, and this one has.`
        })
      const id = newId('whk', now())
      const { secret, sealed } = newSecret(id)
      const endpoint: Endpoint = {
        id,
        keyId: key.id,
        url,
        name: name ?? new URL(url).hostname,
        secrets: [sealed],
        events: [...new Set(events)],
        disabled: false,
        disabledReason: null,
        failingSince: null,
        createdAt: now(),
        updatedAt: now(),
        deletedAt: null
      }
      await store.insert(endpoint)
      return { endpoint, secret }
    },

    /** Own ones; an admin's list has everybody's. */
    list: (key: Key, filter: Omit<EndpointFilter, 'keyId'>) =>
      store.list({ ...filter, ...(key.role !== 'admin' && { keyId: key.id }) }),

    /** Changes what `set` names. A new address, or `disabled: false`, gives an endpoint that was disabled another chance. */
    async update(key: Key, id: string, set: Partial<EndpointSettings>): Promise<Endpoint> {
      const endpoint = await get(key, id)
      if (set.url !== undefined) checkUrl(set.url)
      if (set.events) checkTypes(set.events, (await keys.get(endpoint.keyId))?.role ?? 'member')
      const changed = Object.entries(set).some(
        // true because a setting is a column of the endpoint
        ([name, value]) => JSON.stringify(endpoint[name as keyof EndpointSettings]) !== JSON.stringify(value)
      )
      if (!changed) return endpoint
      const row = { ...set, ...(set.events && { events: [...new Set(set.events)] }), updatedAt: now() }
      if (set.disabled) {
        const reason = 'disabled by its owner'
        const stopped = await store.stop(id, { ...row, disabledReason: reason }, `the endpoint is disabled: ${reason}`)
        return stopped ?? endpoint
      }
      const again = set.disabled === false || (set.url !== undefined && set.url !== endpoint.url)
      const fresh = again ? { disabled: false, disabledReason: null, failingSince: null } : {}
      return (await store.update(id, { ...row, ...fresh })) ?? endpoint
    },

    async remove(key: Key, id: string): Promise<void> {
      await get(key, id)
      await store.stop(id, { deletedAt: now(), disabled: true }, 'the endpoint was deleted')
    },

    /** A new secret, shown this once. `keepOld`: the ones before sign too for 24 hours, so that no receiver misses a beat. */
    async rotate(key: Key, id: string, keepOld: boolean): Promise<{ endpoint: Endpoint; secret: string }> {
      await get(key, id)
      const { secret, sealed } = newSecret(id)
      const until = now() + OVERLAP
      const change = (secrets: Endpoint['secrets']) => {
        const living = secrets.filter(old => old.until === null || old.until > now())
        const kept = keepOld ? living.map(old => ({ ...old, until: old.until ?? until })) : []
        return [sealed, ...kept].slice(0, MOST_SECRETS)
      }
      const endpoint = await store.changeSecrets(id, change, now())
      if (!endpoint) throw notFound('webhook endpoint', id)
      return { endpoint, secret }
    },

    /** Sends a sample event now; gives the HTTP status of the answer. */
    async test(key: Key, id: string, type: string): Promise<number> {
      const endpoint = await get(key, id)
      checkTypes([type], (await keys.get(endpoint.keyId))?.role ?? 'member', 'event_type')
      // true because checkTypes knows the type
      const event = { id: newId('evt', now()), type, data: sampleData(type as EventType), createdAt: now() }
      try {
        return (await deliver.send(endpoint.url, event, openSecrets(vault, endpoint, now()))).status
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        if (error.problem === 'timeout')
          throw new ApiError('upstream_timeout', {
            message: 'The endpoint did not answer in time.',
            cause: error,
            shouldRetry: false
          })
        // in general words: what is reachable from here is not for everyone to explore
        const message = 'The endpoint could not be reached, or did not speak HTTP.'
        throw new ApiError('upstream_error', { message, cause: error, shouldRetry: false })
      }
    },

    hintOf(endpoint: Endpoint): string | null {
      const [newest] = openSecrets(vault, endpoint, now())
      return newest === undefined ? null : secretHint(newest)
    },

    /** For the operator: everybody's deliveries. */
    deliveries: (filter: DeliveryFilter) => deliveries.list(filter),

    /** For the operator: sends an event again, under the same id, with 72 hours of its own. */
    async replay(id: string): Promise<{ delivery: Delivery; type: string }> {
      const found = await deliveries.get(id)
      if (!found) throw notFound('delivery', id)
      const { delivery, endpoint } = found
      if (delivery.endpointId !== null && !endpoint)
        throw new ApiError('invalid_request', { message: 'The endpoint of this delivery was deleted.' })
      if (endpoint?.disabled)
        throw new ApiError('invalid_request', {
          message: `The endpoint of this delivery is disabled. Enable it first: POST /v1/webhook_endpoints/${endpoint.id} {"disabled":false}.`
        })
      await deliveries.replay(id, now(), now() + RETRY_FOR)
      deliver.notify()
      return (await deliveries.get(id)) ?? found
    }
  }
}

export type Endpoints = ReturnType<typeof createEndpoints>

const notFound = (what: string, id: string) =>
  new ApiError('not_found', { param: 'id', message: `There is no ${what} ${id.slice(0, 100)}.` })
