import type { Socket } from 'node:net'
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
// of one connection in a second: far more than the beginnings of answers that are kept
const MOST_READ = 1024 * 1024

/** `totalMs` bounds one post altogether, 15 seconds unless told. */
export function createPost({ guard, totalMs = 15_000 }: { guard: Guard; totalMs?: number }): Post {
  const connect = guard.connector(Math.min(5000, totalMs))
  const agent = new Agent({
    connect: (target, callback) =>
      connect(target, (...[error, socket]) => {
        if (error) return callback(error, null)
        bound(socket)
        callback(null, socket)
      }),
    keepAliveTimeout: 4000
  })

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

/** undici bounds headers and bodies, but reads a status line, or answers before the answer, for as long as they come. */
function bound(socket: Socket) {
  let since = 0
  let from = 0
  socket.on('readable', () => {
    const now = performance.now()
    if (now - since >= 1000) {
      since = now
      from = socket.bytesRead
    }
    if (socket.bytesRead - from <= MOST_READ) return
    const problem = 'too_large'
    socket.destroy(new UpstreamError('the answer does not begin, and does not end', { sent: true, problem }))
  })
}
