import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { passCheckpoint } from '../lib/checkpoint.ts'
import type { Vault } from '../lib/vault.ts'
import type { DeliveryStore, ClaimedDelivery, Try } from '../stores/deliveries.ts'
import { callbackSecretContext, endpointSecretsContext } from '../lib/encryption-context.ts'
import type { Post } from '../upstream/post.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import { bodyOf } from '../domain/events.ts'
import { signedHeaders } from './sign.ts'

interface Dependencies {
  store: DeliveryStore
  vault: Vault
  post: Post['post']
  now(): number
  random(): number
  log: Logger
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const RETRY_FOR = 72 * HOUR
// the last try of the first event that failed began a little after 72 hours, and the failing with its first try
const DISABLE_AFTER = RETRY_FOR - 10 * MINUTE
// then every six hours
const delays = [20 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR]
const SLOWEST = 6 * HOUR
// longer than a post may take
const LEASE = 30 * SECOND
const LONGEST_SLEEP = SECOND
const SHORTEST_SLEEP = 20
const GATHER = 5
const EVENTS_AT_ONCE = 50
// posts under way on this node: to one endpoint, for one key, altogether
const PER_LANE = 8
const PER_KEY = 64
const MOST = 512
const STOP_PATIENCE = 2 * SECOND

/** Tells people: events become rows, rows become signed posts, again and again until one is answered 2xx or 72 hours are over. */
export function createDeliver({ store, vault, post, now, random, log }: Dependencies) {
  const inFlight = new Set<Promise<void>>()
  const partitions = new Map<string, number>()
  const keys = new Map<string, number>()
  const cut = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let again = false
  let stopped = true
  // something due was left because there was no room
  let backlog = false

  function notify(after = 0) {
    if (stopped) return
    if (running) again = true
    else {
      clearTimeout(timer)
      timer = setTimeout(run, after)
    }
  }

  function run() {
    again = false
    running = round().finally(() => {
      running = undefined
    })
  }

  async function round() {
    let pause = LONGEST_SLEEP
    try {
      while ((await store.fanOut(now(), now() + RETRY_FOR, EVENTS_AT_ONCE)) > 0);
      await pump()
      const next = await store.nextDue(now())
      if (next !== null) pause = Math.min(Math.max(next - now(), SHORTEST_SLEEP), LONGEST_SLEEP)
    } catch (error) {
      log.error({ err: error }, 'a round of deliveries broke')
    }
    if (!stopped) timer = setTimeout(run, again ? 0 : pause)
  }

  /** Starts posts as far as there is room; one endpoint's backlog leaves the room of the others alone. */
  async function pump() {
    const full = (counts: Map<string, number>, most: number) =>
      [...counts].filter(([, count]) => count >= most).map(([name]) => name)
    backlog = false
    while (!stopped) {
      const room = Math.min(MOST - inFlight.size, 100)
      const without = { partitions: full(partitions, PER_LANE), keys: full(keys, PER_KEY) }
      backlog = room <= 0 || without.partitions.length + without.keys.length > 0
      if (room <= 0) return
      const due = await store.due(now(), room, without)
      if (due.length === 0) return
      const chosen = due.filter(({ partition }) => {
        if ((partitions.get(partition) ?? 0) >= PER_LANE || (keys.get(keyOf(partition)) ?? 0) >= PER_KEY) return false
        count(partition, 1)
        return true
      })
      let claimed: ClaimedDelivery[] = []
      try {
        claimed = await store.claim(
          chosen.map(({ id }) => id),
          now(),
          now() + LEASE
        )
      } finally {
        const got = new Set(claimed.map(({ delivery }) => delivery.id))
        for (const { id, partition } of chosen) if (!got.has(id)) count(partition, -1)
      }
      for (const one of claimed) start(one)
    }
  }

  function start(one: ClaimedDelivery) {
    const work = deliver(one)
      // the lease runs out by itself, and it is sent again under the same id
      .catch((error: unknown) => log.error({ delivery: one.delivery.id, err: error }, 'a delivery broke'))
      .finally(() => {
        inFlight.delete(work)
        count(one.delivery.partition, -1)
        // a little later: others end about now too
        if (backlog) notify(GATHER)
      })
    inFlight.add(work)
  }

  function count(partition: string, change: number) {
    for (const [counts, name] of [
      [partitions, partition],
      [keys, keyOf(partition)]
    ] as const) {
      const left = (counts.get(name) ?? 0) + change
      if (left > 0) counts.set(name, left)
      else counts.delete(name)
    }
  }

  async function deliver(one: ClaimedDelivery): Promise<void> {
    const { delivery, event, endpoint } = one
    if (delivery.endpointId !== null && !endpoint) return store.giveUp(one, 'the endpoint was deleted')
    if (endpoint?.disabled) return store.giveUp(one, 'the endpoint is disabled')
    const secrets = secretsOf(one)
    if (secrets.length === 0) return store.giveUp(one, 'the key has no secret for callback_url: rotate it')

    const startedAt = now()
    const outcome = await attempt(one, secrets)
    passCheckpoint('delivered')
    if (outcome === 'cut') return store.release(one, now())
    if (outcome.error === null) return store.succeeded(one, outcome, now())
    const nextAt = now() >= delivery.giveUpAt ? null : Math.min(now() + delayAfter(delivery.tries), delivery.giveUpAt)
    const disabled = await store.failed(one, outcome, { startedAt, nextAt, disableSince: now() - DISABLE_AFTER })
    log.info({ delivery: delivery.id, event: event.id, status: outcome.responseStatus, nextAt }, 'delivery failed')
    if (disabled) log.warn({ endpoint: endpoint?.id }, 'endpoint disabled: nothing was delivered for 72 hours')
  }

  function secretsOf({ delivery, event, endpoint, callbackSecret }: ClaimedDelivery): string[] {
    if (endpoint) return openSecrets(vault, endpoint, now())
    if (delivery.endpointId !== null || callbackSecret === null || event.keyId === null) return []
    return [vault.decrypt(callbackSecret, callbackSecretContext(event.keyId))]
  }

  async function attempt({ delivery, event, endpoint }: ClaimedDelivery, secrets: string[]): Promise<Try | 'cut'> {
    // an endpoint's address may have been mended since
    const url = endpoint?.url ?? delivery.url
    try {
      const { status, text } = await send(url, event, secrets)
      const good = status >= 200 && status < 300
      const why =
        status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`
      return { url, responseStatus: status, responseBody: storable(text), error: good ? null : why }
    } catch (error) {
      if (cut.signal.aborted) return 'cut'
      if (!(error instanceof UpstreamError)) throw error
      return { url, responseStatus: error.status ?? null, responseBody: null, error: storable(error.message) }
    }
  }

  /** One signed post of an event. Throws UpstreamError where there is no answer. */
  function send(url: string, event: Parameters<typeof bodyOf>[0], secrets: readonly string[]) {
    const body = bodyOf(event)
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'reelay-webhooks',
      ...signedHeaders(event.id, body, secrets, now())
    }
    return post(url, { headers, body, signal: cut.signal })
  }

  const delayAfter = (tries: number) => Math.round((delays[tries] ?? SLOWEST) * (0.75 + random() / 2))

  return {
    send,

    start() {
      stopped = false
      timer = setTimeout(run, 0)
    },

    /** Something happened here: look now. */
    notify: () => notify(),

    /** Looks now, and resolves when what is due was started. */
    async runNow() {
      await running
      clearTimeout(timer)
      if (!stopped) run()
      await running
    },

    /** Resolves when no post is under way. */
    async settled() {
      while (inFlight.size) await Promise.all(inFlight)
    },

    /** Gives what is under way a moment, then cuts it and puts it back. */
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
      const over = new AbortController()
      const patience = sleep(STOP_PATIENCE, undefined, { signal: over.signal }).catch(() => {})
      await Promise.race([Promise.all(inFlight), patience])
      over.abort()
      cut.abort()
      await Promise.all(inFlight)
    }
  }
}

export type Deliver = ReturnType<typeof createDeliver>

/** The secrets that sign now, newest first. */
export function openSecrets(
  vault: Vault,
  { id, secrets }: { id: string; secrets: readonly { cipher: string; until: number | null }[] },
  now: number
): string[] {
  return secrets
    .filter(({ until }) => until === null || until > now)
    .map(({ cipher }) => vault.decrypt(cipher, endpointSecretsContext(id)))
}

const keyOf = (partition: string) => partition.slice(0, partition.indexOf('/'))

// Postgres keeps no U+0000 in text; what was no UTF-8 grew by being read as such
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '\uFFFD'))
    .subarray(0, 4096)
    .toString()
    .replace(/\uFFFD$/, '')
}
