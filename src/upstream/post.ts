import { Agent } from 'undici'
import type { Guard } from './guard.ts'
import { roundTrip } from './round-trip.ts'
import { UpstreamError } from './upstream-error.ts'

export interface PostOptions {
  headers: Record<string, string>
  /** the signed text, sent unchanged */
  body: string
  signal?: AbortSignal
  /** how long the whole post may take; absent: as long as posts may */
  totalMs?: number
}

/** A receiver's answer; its text is cut after 4 KiB. */
export interface PostAnswer {
  status: number
  headers: Record<string, string>
  text: string
}

export interface Post {
  /** Posts a signed text to a user's URL. Follows no redirect. Throws UpstreamError when there is no answer. */
  post(url: string, options: PostOptions): Promise<PostAnswer>
  /** Closes every connection at once. */
  close(): Promise<void>
}

const MOST_TEXT = 4096

/** Posts webhooks. `totalMs` limits one whole post, 15 seconds by default. */
export function createPost({ guard, totalMs: most = 15_000 }: { guard: Guard; totalMs?: number }): Post {
  const agent = new Agent({ connect: guard.connector(Math.min(5000, most)), keepAliveTimeout: 4000 })

  return {
    async post(address, { headers, body, signal, totalMs = most }) {
      const reason = guard.check(address)
      if (reason) throw new UpstreamError(`${address} ${reason}`, { sent: false, problem: 'address_refused' })
      const limits = { headersMs: totalMs, bodyMs: totalMs, totalMs, maxBytes: MOST_TEXT, overflow: 'cut' } as const
      const outgoing = { url: new URL(address), method: 'POST', headers, body: Buffer.from(body) } as const
      const answer = await roundTrip(agent, outgoing, limits, signal)
      return { status: answer.status, headers: answer.headers, text: new TextDecoder().decode(answer.bytes) }
    },
    close: () => agent.destroy()
  }
}
