import { Agent } from 'undici'
import type { Guard } from './guard.ts'
import { roundTrip } from './round-trip.ts'
import { UpstreamError } from './upstream-error.ts'

export interface PostOptions {
  headers: Record<string, string>
  /** sent as it is: what was signed */
  body: string
  signal?: AbortSignal
}

/** The beginning of what a receiver answered, at most 4 KiB as text. */
export interface PostAnswer {
  status: number
  headers: Record<string, string>
  text: string
}

export interface Post {
  /** Posts a signed text to an address of a user's. Throws UpstreamError where there is no answer; follows no redirect. */
  post(url: string, options: PostOptions): Promise<PostAnswer>
  /** Cuts every connection. */
  close(): Promise<void>
}

const MOST_TEXT = 4096

/** `totalMs` bounds one post altogether, 15 seconds unless told. */
export function createPost({ guard, totalMs = 15_000 }: { guard: Guard; totalMs?: number }): Post {
  const agent = new Agent({ connect: guard.connector(Math.min(5000, totalMs)), keepAliveTimeout: 4000 })

  return {
    async post(address, { headers, body, signal }) {
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
