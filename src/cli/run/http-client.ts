import { Agent, request } from 'undici'
import { CLI_AGENT } from '../../http/plugins/caller.ts'
import { defined } from '../../lib/defined.ts'
import { withoutSecrets } from '../../lib/log-error.ts'
import { Unreachable, type Client } from '../client.ts'
import { exitCodes } from '../exit.ts'

/** Returns a client of a server; `always`: headers of every request. */
export function openHttp(url: string, key: string, always: Record<string, string> = {}): Client {
  const agent = new Agent()
  return {
    async send({ method, path, body, headers = {}, signal }) {
      try {
        const answer = await request(url + path, {
          dispatcher: agent,
          method,
          headers: {
            authorization: `Bearer ${key}`,
            'user-agent': CLI_AGENT,
            ...always,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers
          },
          ...defined({ body: body === undefined ? undefined : JSON.stringify(body), signal })
        })
        return { status: answer.statusCode, body: answer.body }
      } catch (error) {
        signal?.throwIfAborted()
        throw unreachable(url, error)
      }
    },
    close: () => agent.destroy()
  }
}

function unreachable(url: string, error: unknown): Unreachable {
  // true because property access on any object is safe
  const { code, message } = Object(error) as { code?: string; message?: string }
  const timedOut = code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT'
  const exitCode = timedOut ? exitCodes.timeout : exitCodes.failed
  return new Unreachable(exitCode, `${withoutSecrets(url)} does not answer: ${message || code || String(error)}`)
}
