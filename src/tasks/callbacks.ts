import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { ApiError } from '../errors.ts'
import type { Vault } from '../lib/vault.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { CallbackRequest } from '../vendors/vendor.ts'
import type { Routing } from './routing.ts'

interface Dependencies {
  tasks: TaskStore
  routing: Routing
  vault: Vault
  log: Logger
  now(): number
  /** base of the addresses given to vendors; null: none is reachable for them */
  publicUrl: string | null
}

// whoever knows an address may call it as often as they like: the vendor is asked no more often than this
const LEAST_BETWEEN = 2000

/** Vendors calling us. A call is a reason to ask the vendor now; nothing that it says is believed. */
export function createCallbacks({ tasks, routing, vault, log, now, publicUrl }: Dependencies) {
  const base = publicUrl?.replace(/\/+$/, '') ?? null
  const signed = (channelId: string, attemptId: string) => `callback:${channelId}:${attemptId}`
  const hurried = new LRUCache<string, number>({ max: 10_000 })

  const notFound = () => new ApiError('not_found')

  /** The attempt that a token was made for. Throws not_found; the comparison takes the same time for every wrong one. */
  async function attemptOf(channelId: string, token: string) {
    const [attemptId = '', signature = ''] = token.split('.')
    if (!vault.verifyLink(signed(channelId, attemptId), signature)) throw notFound()
    const attempt = await tasks.attempt(attemptId)
    if (!attempt || attempt.channelId !== channelId) throw notFound()
    return attempt
  }

  return {
    /** The address a vendor is given for one attempt; null when the gateway has no public address. */
    url(channelId: string, attemptId: string): string | null {
      if (base === null) return null
      return `${base}/callbacks/${channelId}/${attemptId}.${vault.signLink(signed(channelId, attemptId))}`
    },

    /** Throws not_found unless the token is one of ours. */
    async check(channelId: string, token: string): Promise<void> {
      await attemptOf(channelId, token)
    },

    /** Takes a call; gives what the vendor wants to hear. Throws not_found, or invalid_request when the vendor's signature is not good. */
    async receive(channelId: string, token: string, request: CallbackRequest): Promise<unknown> {
      const attempt = await attemptOf(channelId, token)
      const connection = await routing.channel(channelId)
      if (!connection?.vendor.callback) throw notFound()
      // signed with the path that the vendor was given, which a proxy may have shortened
      const path = base === null ? request.path : new URL(base).pathname.replace(/\/$/, '') + request.path
      const read = connection.vendor.callback({ ...request, path }, connection.config, now())
      if (read.status === 'refused') {
        log.warn({ channel: channelId, attempt: attempt.id, reason: read.reason }, 'callback refused')
        throw new ApiError('invalid_request', { message: `The callback was refused: ${read.reason}.` })
      }
      const at = Math.max(now(), (hurried.get(attempt.id) ?? 0) + LEAST_BETWEEN)
      const moved =
        attempt.outcome === 'accepted'
          ? await tasks.pollBy(attempt.taskId, at)
          : // the vendor took a submit whose answer was lost: it can be looked up now
            connection.vendor.lookup !== undefined && (await tasks.reconcileBy(attempt, at))
      if (moved) hurried.set(attempt.id, at)
      return read.reply ?? {}
    }
  }
}

export type Callbacks = ReturnType<typeof createCallbacks>
