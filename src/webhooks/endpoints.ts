import { randomBytes } from 'node:crypto'
import type { Delivery, Endpoint, Key } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { intact } from '../lib/damaged.ts'
import { endpointSecretsContext } from '../lib/encryption-context.ts'
import { newId } from '../lib/ids.ts'
import type { Vault } from '../lib/vault.ts'
import type { DeliveryFilter, DeliveryStore } from '../stores/deliveries.ts'
import type { EndpointFilter, EndpointStore } from '../stores/endpoints.ts'
import type { KeyStore } from '../stores/keys.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import { decryptSecrets, RETRY_FOR, type Deliver } from './deliver.ts'
import { eventTypesFor, sampleData, type EventType } from '../domain/events.ts'
import { secretHint, toSigningSecret } from './sign.ts'

/** The settings of an endpoint that its owner may change. */
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
  /** the endpoints that a key may have */
  mostPerKey: number
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
  /** throws conflict when the configuration file owns the endpoint */
  refuseManaged(kind: 'webhook_endpoint', id: string): Promise<void>
}

const all: readonly string[] = eventTypesFor('admin')
const OVERLAP = 24 * 60 * 60 * 1000
const MAX_SECRETS = 5

/** Webhook endpoints and their deliveries. */
export function createEndpoints({
  store,
  deliveries,
  keys,
  deliver,
  vault,
  now,
  mostPerKey,
  refuseAddress,
  refuseManaged
}: Dependencies) {
  /** Another key's endpoint does not exist, except for admins. Throws not_found. */
  async function get(key: Key, id: string): Promise<Endpoint> {
    const endpoint = await store.get(id)
    if (!endpoint || (endpoint.keyId !== key.id && key.role !== 'admin')) throw notFound('webhook endpoint', id)
    return intact(endpoint)
  }

  /** The same, for changes. Throws conflict when the configuration file owns the endpoint. */
  async function getOwn(key: Key, id: string): Promise<Endpoint> {
    const endpoint = await get(key, id)
    await refuseManaged('webhook_endpoint', id)
    return endpoint
  }

  function checkUrl(url: string) {
    const reason = refuseAddress(url)
    if (reason) throw new ApiError('invalid_request', { param: 'url', message: `url: ${reason}` })
  }

  function newSecret(endpointId: string, secret = toSigningSecret(randomBytes(32))) {
    return { secret, encrypted: { cipher: vault.encrypt(secret, endpointSecretsContext(endpointId)), until: null } }
  }

  return {
    get,

    /** Creates an endpoint; its secret is shown only this once. `chosen`: a secret that is chosen elsewhere. */
    async create(
      key: Key,
      { name, url, events }: { name?: string | undefined; url: string; events: string[] },
      chosen?: string
    ): Promise<{ endpoint: Endpoint; secret: string }> {
      checkUrl(url)
      checkTypes(events, key.role)
      const id = newId('whk', now())
      const { secret, encrypted } = newSecret(id, chosen)
      const endpoint: Endpoint = {
        id,
        keyId: key.id,
        url,
        name: name ?? new URL(url).hostname,
        secrets: [encrypted],
        events: [...new Set(events)],
        disabled: false,
        disabledReason: null,
        failingSince: null,
        createdAt: now(),
        updatedAt: now(),
        deletedAt: null
      }
      if (!(await store.insertWithin(endpoint, mostPerKey)))
        throw new ApiError('invalid_request', {
          message: `This key already has ${mostPerKey} webhook endpoints, the limit. Delete one first.`
        })
      return { endpoint, secret }
    },

    /** Returns a page of the key's own endpoints; for admins, those of all keys. */
    async list(key: Key, filter: Omit<EndpointFilter, 'keyId'>): Promise<Endpoint[]> {
      const found = await store.list({ ...filter, ...(key.role !== 'admin' && { keyId: key.id }) })
      return found.map(intact)
    },

    /** Changes the fields in `set`. A new URL or `disabled: false` enables a disabled endpoint again. */
    async update(key: Key, id: string, set: Partial<EndpointSettings>): Promise<Endpoint> {
      const endpoint = await getOwn(key, id)
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

    /** Deletes an endpoint; its pending deliveries fail. */
    async remove(key: Key, id: string): Promise<void> {
      await getOwn(key, id)
      await store.stop(id, { deletedAt: now(), disabled: true }, 'the endpoint was deleted')
    },

    /** Creates a new secret, shown only this once. `keepOld`: the earlier ones also sign for 24 hours, so that receivers can switch over. */
    async rotate(
      key: Key,
      id: string,
      keepOld: boolean,
      chosen?: string
    ): Promise<{ endpoint: Endpoint; secret: string }> {
      await getOwn(key, id)
      const { secret, encrypted } = newSecret(id, chosen)
      const until = now() + OVERLAP
      const change = (secrets: Endpoint['secrets']) => {
        const valid = secrets.filter(old => old.until === null || old.until > now())
        const kept = keepOld ? valid.map(old => ({ ...old, until: old.until ?? until })) : []
        return [encrypted, ...kept].slice(0, MAX_SECRETS)
      }
      const endpoint = await store.changeSecrets(id, change, now())
      if (!endpoint) throw notFound('webhook endpoint', id)
      return { endpoint, secret }
    },

    /** Sends a sample event now and returns the HTTP status of the answer. Throws upstream_timeout or upstream_error without one. */
    async test(key: Key, id: string, type: string): Promise<number> {
      const endpoint = await get(key, id)
      checkTypes([type], (await keys.get(endpoint.keyId))?.role ?? 'member', 'event_type')
      // true because checkTypes knows the type
      const event = { id: newId('evt', now()), type, data: sampleData(type as EventType), createdAt: now() }
      try {
        return (await deliver.send(endpoint.url, event, decryptSecrets(vault, endpoint, now()))).status
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        if (error.problem === 'timeout')
          throw new ApiError('upstream_timeout', {
            message: 'The endpoint did not answer in time.',
            cause: error,
            shouldRetry: false
          })
        // no details: users must not explore what this server can reach
        const message = 'The endpoint could not be reached, or did not answer with HTTP.'
        throw new ApiError('upstream_error', { message, cause: error, shouldRetry: false })
      }
    },

    /** Returns enough of the newest secret to recognize it; null when none is valid. */
    hintOf(endpoint: Endpoint): string | null {
      try {
        const [newest] = decryptSecrets(vault, endpoint, now())
        return newest === undefined ? null : secretHint(newest)
      } catch {
        return null
      }
    },

    /** For the operator: deliveries of all keys. */
    deliveries: (filter: DeliveryFilter) => deliveries.list(filter),

    /** For the operator: one delivery. Throws not_found. */
    async delivery(id: string): Promise<{ delivery: Delivery; type: string }> {
      const found = await deliveries.get(id)
      if (!found) throw notFound('delivery', id)
      return found
    },

    /** For the operator: delivers an event again under the same id, with another 72 hours of attempts. */
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

/** Throws invalid_request for a type of event that keys of this role cannot subscribe to. */
export function checkTypes(types: readonly string[], role: Key['role'], param = 'event_types') {
  const known: readonly string[] = eventTypesFor(role)
  const ours = types.filter(type => all.includes(type))
  // types that only OpenAI has are kept beside ours, and never sent: its programs subscribe to all they know
  const wrong = ours.length ? ours.find(type => !known.includes(type)) : types[0]
  if (wrong === undefined) return
  const message = `${param}: this key cannot subscribe to ${wrong.slice(0, 100)}. It can subscribe to ${known.join(', ')}.`
  throw new ApiError('invalid_request', { param, message })
}

const notFound = (what: string, id: string) =>
  new ApiError('not_found', { param: 'id', message: `There is no ${what} ${id.slice(0, 100)}.` })
