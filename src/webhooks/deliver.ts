import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { passCheckpoint } from '../lib/checkpoint.ts'
import type { Vault } from '../lib/vault.ts'
import type { Event, Task } from '../db/index.ts'
import type { DeliveryStore, ClaimedDelivery, Try } from '../stores/deliveries.ts'
import { isRecord } from '../lib/records.ts'
import { damageIn } from '../lib/damaged.ts'
import { callbackSecretContext, endpointSecretsContext } from '../lib/encryption-context.ts'
import type { Post } from '../upstream/post.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import { bodyOf } from '../domain/events.ts'
import { signedHeaders } from './sign.ts'

/** What is posted to a callback_url in the words of a front. */
export interface WrittenCallback {
  body: string
  /** what the receiver must echo, as JSON, before it gets the body; absent: nothing */
  challenge?: { name: string; value: string }
  /** returns the wire's own signature; `now` in milliseconds */
  sign(secret: string, now: number): Readonly<Record<string, string>>
}

interface Dependencies {
  store: DeliveryStore
  /** writes a task, as it was at an event, in the words of the front that its callback_front names; null: there is no such front */
  writeCallback(task: Task & { callbackFront: string }, event: Event): WrittenCallback | null
  vault: Vault
  post: Post['post']
  now(): number
  random(): number
  /** told how each try ended */
  onOutcome?(outcome: 'delivered' | 'failed' | 'given_up'): void
  log: Logger
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long a delivery is attempted, in milliseconds. */
export const RETRY_FOR = 72 * HOUR
// less than 72 hours: the last attempt is 72 hours after the event, but an endpoint is failing since its first attempt, which is later
const DISABLE_AFTER = RETRY_FOR - 10 * MINUTE
// then every six hours
const delays = [20 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR]
const SLOWEST = 6 * HOUR
// longer than a post may take
const LEASE = 30 * SECOND
// as MiniMax has it; with the post that follows still within the lease
const CHALLENGE_MS = 3 * SECOND
const LONGEST_SLEEP = SECOND
const SHORTEST_SLEEP = 20
const COALESCE = 5
const EVENTS_AT_ONCE = 50
// posts in flight on this node: per partition (endpoint or origin), per key, in total
const PER_PARTITION = 8
const PER_KEY = 64
const MAX_IN_FLIGHT = 512
const STOP_WITHIN = 2 * SECOND

/** Delivers webhooks: events become rows, rows become signed posts, repeated until one is answered with 2xx or 72 hours have passed. */
export function createDeliver({
  store,
  writeCallback,
  vault,
  post,
  now,
  random,
  onOutcome = () => {},
  log
}: Dependencies) {
  const inFlight = new Set<Promise<void>>()
  const partitions = new Map<string, number>()
  const keys = new Map<string, number>()
  const aborting = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let again = false
  let stopped = true
  // due deliveries were left because of the limits
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
      log.error({ err: error }, 'delivery round failed')
    }
    if (!stopped) timer = setTimeout(run, again ? 0 : pause)
  }

  /** Starts posts up to the limits; one endpoint's backlog does not use up the room of others. */
  async function pump() {
    const full = (counts: Map<string, number>, most: number) =>
      [...counts].filter(([, count]) => count >= most).map(([name]) => name)
    backlog = false
    while (!stopped) {
      const room = Math.min(MAX_IN_FLIGHT - inFlight.size, 100)
      const without = { partitions: full(partitions, PER_PARTITION), keys: full(keys, PER_KEY) }
      backlog = room <= 0 || without.partitions.length + without.keys.length > 0
      if (room <= 0) return
      const due = await store.due(now(), room, without)
      if (due.length === 0) return
      const chosen = due.filter(({ partition }) => {
        if ((partitions.get(partition) ?? 0) >= PER_PARTITION || (keys.get(keyOf(partition)) ?? 0) >= PER_KEY)
          return false
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
      // the lease expires, and it is sent again under the same id
      .catch((error: unknown) => log.error({ delivery: one.delivery.id, err: error }, 'delivery step failed'))
      .finally(() => {
        inFlight.delete(work)
        count(one.delivery.partition, -1)
        // slightly later: others end at about the same time
        if (backlog) notify(COALESCE)
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
    const { delivery, event, endpoint, task } = one
    if (delivery.endpointId !== null && !endpoint) return store.giveUp(one, 'the endpoint was deleted')
    if (endpoint?.disabled) return store.giveUp(one, 'the endpoint is disabled')
    const columns = [...damageIn(event), ...(endpoint ? damageIn(endpoint) : []), ...(task ? damageIn(task) : [])]
    const secrets = columns.length ? null : secretsOf(one)
    if (secrets === null) {
      log.error(
        { delivery: delivery.id, event: event.id, endpoint: endpoint?.id, columns },
        'delivery given up: a row is damaged'
      )
      return store.giveUp(one, `a row is damaged: ${columns.join() || 'the signing secret cannot be decrypted'}`)
    }
    if (secrets.length === 0) return store.giveUp(one, 'the key has no signing secret for callback_url; rotate the key')

    let written: WrittenCallback | null = null
    try {
      if (task && inWords(task)) written = writeCallback(task, event)
    } catch (error) {
      log.error({ delivery: delivery.id, task: task?.id, err: error }, 'delivery given up: it could not be written')
      return store.giveUp(one, 'the callback could not be written')
    }

    const outcome = await attempt(one, secrets, written)
    passCheckpoint('delivered')
    if (outcome === 'aborted') return store.release(one, now())
    if (outcome.error === null) {
      onOutcome('delivered')
      return store.succeeded(one, outcome, now())
    }
    const nextAt = now() >= delivery.giveUpAt ? null : Math.min(now() + delayAfter(delivery.tries), delivery.giveUpAt)
    onOutcome(nextAt === null ? 'given_up' : 'failed')
    const disabled = await store.failed(one, outcome, { nextAt, disableSince: now() - DISABLE_AFTER })
    log.info({ delivery: delivery.id, event: event.id, status: outcome.responseStatus, nextAt }, 'delivery failed')
    if (disabled) log.warn({ endpoint: endpoint?.id }, 'endpoint disabled: no delivery succeeded for 72 hours')
  }

  /** Returns every secret to sign with: while an old one is valid, receivers may know either. Null: one cannot be decrypted. */
  function secretsOf({ delivery, event: { keyId }, endpoint, key }: ClaimedDelivery): string[] | null {
    try {
      if (endpoint) return decryptSecrets(vault, endpoint, now())
      if (delivery.endpointId !== null || key === null || keyId === null) return []
      const { callbackSecret, oldCallbackSecret, oldExpiresAt } = key
      return [callbackSecret, (oldExpiresAt ?? 0) > now() ? oldCallbackSecret : null]
        .filter(secret => secret !== null)
        .map(secret => vault.decrypt(secret, callbackSecretContext(keyId)))
    } catch {
      return null
    }
  }

  async function attempt(
    { delivery, event, endpoint }: ClaimedDelivery,
    secrets: string[],
    written: WrittenCallback | null
  ): Promise<Try | 'aborted'> {
    // the endpoint's URL may have changed since
    const url = endpoint?.url ?? delivery.url
    const startedAt = now()
    const made = (outcome: Omit<Try, 'url' | 'startedAt' | 'endedAt'>): Try => ({
      url,
      ...outcome,
      startedAt,
      endedAt: now()
    })
    try {
      if (written?.challenge) {
        const { status, text, isEchoed } = await challenge(url, event, secrets, written.challenge)
        const error = 'did not echo the challenge'
        if (!isEchoed) return made({ responseStatus: status, responseBody: storable(text), error })
      }
      const { status, text } = await send(url, event, secrets, written)
      const isDelivered = status >= 200 && status < 300
      const reason =
        status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`
      return made({ responseStatus: status, responseBody: storable(text), error: isDelivered ? null : reason })
    } catch (error) {
      if (aborting.signal.aborted) return 'aborted'
      if (!(error instanceof UpstreamError)) throw error
      return made({ responseStatus: error.status ?? null, responseBody: null, error: storable(error.message) })
    }
  }

  /** Posts a signed event once, in our words unless others are given. Throws UpstreamError when there is no answer. */
  function send(
    url: string,
    event: Parameters<typeof bodyOf>[0],
    secrets: readonly string[],
    written: WrittenCallback | null = null
  ) {
    const body = written?.body ?? bodyOf(event)
    const [newest] = secrets
    const headers = {
      ...ourHeaders,
      ...(written && newest !== undefined && written.sign(newest, now())),
      ...signedHeaders(event.id, body, secrets, now())
    }
    return post(url, { headers, body, signal: aborting.signal })
  }

  /** Asks the receiver whether it expects callbacks. Throws UpstreamError when there is no answer in time. */
  async function challenge(
    url: string,
    event: Pick<Event, 'id'>,
    secrets: readonly string[],
    { name, value }: { name: string; value: string }
  ) {
    const body = JSON.stringify({ [name]: value })
    // another id than the event's: receivers ignore what they have seen
    const headers = { ...ourHeaders, ...signedHeaders(`${event.id}_${name}`, body, secrets, now()) }
    const { status, text } = await post(url, { headers, body, signal: aborting.signal, totalMs: CHALLENGE_MS })
    return { status, text, isEchoed: status >= 200 && status < 300 && echoes(text, name, value) }
  }

  const delayAfter = (tries: number) => Math.round((delays[tries] ?? SLOWEST) * (0.75 + random() / 2))

  return {
    send,

    start() {
      stopped = false
      timer = setTimeout(run, 0)
    },

    /** There may be new events: looks now. */
    notify: () => notify(),

    /** Looks now, and resolves when all due deliveries have been started. */
    async runNow() {
      await running
      clearTimeout(timer)
      if (!stopped) run()
      await running
    },

    /** Resolves when no post is in flight. */
    async settled() {
      while (inFlight.size) await Promise.all(inFlight)
    },

    /** Waits two seconds for posts in flight, then aborts them and releases their deliveries. */
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
      const over = new AbortController()
      const timeout = sleep(STOP_WITHIN, undefined, { signal: over.signal }).catch(() => {})
      await Promise.race([Promise.all(inFlight), timeout])
      over.abort()
      aborting.abort()
      await Promise.all(inFlight)
    }
  }
}

export type Deliver = ReturnType<typeof createDeliver>

/** Decrypts the secrets of an endpoint that are valid at `now` (milliseconds), newest first. */
export function decryptSecrets(
  vault: Vault,
  { id, secrets }: { id: string; secrets: readonly { cipher: string; until: number | null }[] },
  now: number
): string[] {
  return secrets
    .filter(({ until }) => until === null || until > now)
    .map(({ cipher }) => vault.decrypt(cipher, endpointSecretsContext(id)))
}

const ourHeaders = { 'content-type': 'application/json', 'user-agent': 'reelay-webhooks' }

function echoes(text: string, name: string, value: string): boolean {
  try {
    const answer: unknown = JSON.parse(text)
    return isRecord(answer) && answer[name] === value
  } catch {
    return false
  }
}

const inWords = (task: Task): task is Task & { callbackFront: string } => task.callbackFront !== null

const keyOf = (partition: string) => partition.slice(0, partition.indexOf('/'))

// Postgres cannot store U+0000; invalid UTF-8 may exceed 4 KiB after decoding
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '\uFFFD'))
    .subarray(0, 4096)
    .toString()
    .replace(/\uFFFD$/, '')
}
