import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import { defined } from '../lib/defined.ts'
import { CLI_AGENT } from '../http/plugins/caller.ts'
import { withoutSecrets } from '../lib/log-error.ts'
import { CommandFailure, exitCodeOf, exitCodes } from './exit.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Answer {
  status: number
  body: Readable
}

export interface Ask {
  method: Method
  /** with its query */
  path: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

export interface Client {
  send(ask: Ask): Promise<Answer>
  close(): Promise<void>
}

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

/** There was no answer. */
export class Unreachable extends CommandFailure {}

function unreachable(url: string, error: unknown): Unreachable {
  // true because property access on any object is safe
  const { code, message } = Object(error) as { code?: string; message?: string }
  const timedOut = code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT'
  const exitCode = timedOut ? exitCodes.timeout : exitCodes.failed
  return new Unreachable(exitCode, `${withoutSecrets(url)} does not answer: ${message || code || String(error)}`)
}

/** Sends a request and returns the JSON of the answer. Throws CommandFailure with the server's message and the exit code of its status. */
export async function ask<Shape>(client: Client, method: Method, path: string, body?: unknown): Promise<Shape> {
  return readJson<Shape>(await client.send({ method, path, body }))
}

/** Returns the JSON of an answer. Throws CommandFailure when it is an error. */
export async function readJson<Shape>({ status, body }: Answer): Promise<Shape> {
  const value: unknown = await json(body).catch(() => undefined)
  if (status < 400 && value !== undefined) return value as Shape // true because the server is reelay itself
  const { error } = Object(value) as { error?: { message?: unknown } } // safe on any value
  if (typeof error?.message === 'string') throw new CommandFailure(exitCodeOf(status), error.message, error)
  throw new CommandFailure(exitCodeOf(status), `The answer (HTTP ${status}) is not from reelay. Check REELAY_URL.`)
}

interface Page<Item> {
  data: Item[]
  has_more: boolean
  last_id: string | null
}

/** Returns every item of a list, page by page, or the first `most`. */
export async function askAll<Item>(client: Client, path: string, most = Infinity): Promise<Item[]> {
  const items: Item[] = []
  for (let after = ''; ;) {
    const limit = Math.min(100, most - items.length)
    const separator = path.includes('?') ? '&' : '?'
    const page = await ask<Page<Item>>(client, 'GET', `${path}${separator}limit=${limit}${after}`)
    items.push(...page.data)
    if (!page.has_more || page.last_id === null || items.length >= most) return items
    after = `&after=${encodeURIComponent(page.last_id)}`
  }
}

/** Returns the object with this id or name. Throws CommandFailure when there is none, or several with the name. */
export function named<Item extends { id: string; name: string }>(
  items: readonly Item[],
  wanted: string,
  kind: string
): Item {
  const found = items.find(({ id }) => id === wanted)
  const alike = items.filter(({ name }) => name === wanted)
  if (found) return found
  if (alike.length > 1)
    throw new CommandFailure(
      exitCodes.refused,
      `There are ${alike.length} with the name ${wanted}. Use an id: ${alike.map(({ id }) => id).join(', ')}`
    )
  if (alike[0]) return alike[0]
  throw new CommandFailure(exitCodes.refused, `There is no ${kind} ${wanted}.`)
}
