import type { Logger } from 'pino'
import { createRecent } from '../lib/recent.ts'
import { ApiError } from '../errors.ts'
import type { Vault } from '../lib/vault.ts'
import type { FollowUpStore } from '../stores/follow-ups.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { CallbackRequest } from '../vendors/vendor.ts'
import type { Routing } from './routing.ts'
import { withoutTrailing } from '../lib/trailing.ts'

interface Dependencies {
  tasks: TaskStore
  followUps: FollowUpStore
  routing: Routing
  vault: Vault
  log: Logger
  now(): number
  /** base of the callback URLs; null: vendors cannot reach this server */
  publicUrl: string | null
}

// anyone who knows a callback URL can call it as often as they like; the vendor is polled no more often than this
const SHORTEST_INTERVAL = 2000

/** Callbacks of vendors. A callback only makes us poll the vendor now; its content is not trusted. */
export function createCallbacks({ tasks, followUps, routing, vault, log, now, publicUrl }: Dependencies) {
  const base = publicUrl === null ? null : withoutTrailing(publicUrl, '/')
  const signed = (channelId: string, attemptId: string) => `callback:${channelId}:${attemptId}`
  const polledAt = createRecent<number>(10_000)

  const notFound = () => new ApiError('not_found')

  /** Returns the attempt of a token. Throws not_found; compares in constant time. */
  async function attemptOf(channelId: string, token: string) {
    const [attemptId = '', signature = ''] = token.split('.')
    if (!vault.verifyLink(signed(channelId, attemptId), signature)) throw notFound()
    const attempt = await tasks.attempt(attemptId)
    if (!attempt || attempt.channelId !== channelId) throw notFound()
    return attempt
  }

  return {
    /** Returns the callback URL for one attempt; null when the gateway has no public address. */
    url(channelId: string, attemptId: string): string | null {
      if (base === null) return null
      return `${base}/callbacks/${channelId}/${attemptId}.${vault.signLink(signed(channelId, attemptId))}`
    },

    /** Throws not_found unless the token is valid. */
    async check(channelId: string, token: string): Promise<void> {
      await attemptOf(channelId, token)
    },

    /** Handles a callback and returns the reply for the vendor. Throws not_found, or invalid_request when the vendor's signature is invalid. */
    async receive(channelId: string, token: string, request: CallbackRequest): Promise<unknown> {
      const attempt = await attemptOf(channelId, token)
      const connection = await routing.channel(channelId)
      if (!connection?.vendor.callback) throw notFound()
      // vendors sign the path of their URL, which a proxy may have shortened
      const path = base === null ? request.path : new URL(base).pathname.replace(/\/$/, '') + request.path
      const read = connection.vendor.callback({ ...request, path }, connection.config, now())
      if (read.status === 'refused') {
        log.warn(
          { channel: connection.channel.name, channelId, attempt: attempt.id, reason: read.reason },
          'callback rejected'
        )
        throw new ApiError('invalid_request', { message: `The callback was rejected: ${read.reason}.` })
      }
      const at = Math.max(now(), (polledAt.get(attempt.id) ?? 0) + SHORTEST_INTERVAL)
      const moved =
        attempt.outcome === 'accepted'
          ? (await tasks.pollBy(attempt.taskId, at)) || (await followUps.hasten(attempt.taskId, at))
          : // the vendor accepted a submit whose answer was lost: it can be looked up now
            connection.vendor.lookup !== undefined && (await tasks.reconcileBy(attempt, at))
      if (moved) polledAt.set(attempt.id, at)
      return read.reply ?? {}
    }
  }
}

export type Callbacks = ReturnType<typeof createCallbacks>
