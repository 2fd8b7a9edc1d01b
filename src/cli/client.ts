import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
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

/** There was no answer. */
export class Unreachable extends CommandFailure {}

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
