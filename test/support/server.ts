import { join } from 'node:path'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import { errorSerializers } from '../../src/lib/log-error.ts'
import { startServer } from '../../src/server.ts'
import { freshUrl, writeMigrated, type Kind } from './database.ts'
import { ADMIN_KEY, environment } from './environment.ts'
import { makeFolder } from './folder.ts'

interface Settings {
  /** the database that it gets for itself; a SQLite in its folder unless told otherwise */
  kind?: Kind
  /** a channel that it has from the start, as for POST /admin/channels */
  channel?: object
  /** environment variables on top of the test's own */
  env?: Record<string, string>
  /** lines of the log, for tests about the log */
  onLog?(line: string): void
}

/** Who asks: `key` null sends none. */
interface Asker {
  key?: string | null
  headers?: Record<string, string>
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

/** A whole server in this process on a free port, with a database and data folder of its own. Close it when done. */
export async function startTestServer({ kind, channel, env = {}, onLog }: Settings = {}) {
  const folder = makeFolder('server')
  const database = kind && (await freshUrl(kind))
  if (!kind) await writeMigrated(join(folder.path, 'reelay.db'))
  const config = loadConfig({
    ...environment,
    DATA_DIR: folder.path,
    ...(database && { DATABASE_URL: database.url }),
    ...env
  })
  const log = onLog
    ? pino({ level: 'trace', serializers: errorSerializers }, { write: onLog })
    : pino({ level: 'silent' })
  let ahead = 0
  const now = () => Date.now() + ahead
  const server = await startServer({ config, log, random: () => 0.5, now })

  /** A request as it is sent and answered. */
  const ask = (
    path: string,
    {
      key = ADMIN_KEY,
      headers = {},
      ...rest
    }: Asker & { method?: string; body?: string | Uint8Array<ArrayBuffer>; redirect?: 'manual' }
  ) =>
    fetch(server.url + path, {
      ...rest,
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...headers }
    })

  /** A request with a JSON answer. */
  async function call(method: string, path: string, body?: unknown, { key, headers }: Asker = {}) {
    const json = body !== undefined && { body: JSON.stringify(body) }
    const response = await ask(path, {
      method,
      ...json,
      ...(key !== undefined && { key }),
      headers: { ...(json && { 'content-type': 'application/json' }), ...headers }
    })
    const text = await response.text()
    // an answer's shape is what the test is about
    const answer = (text === '' ? undefined : JSON.parse(text)) as any
    return { status: response.status, headers: response.headers, body: answer }
  }

  /** What a request is answered that must not be refused. */
  async function granted(...request: Parameters<typeof call>) {
    const { status, body } = await call(...request)
    if (status >= 300) throw new Error(`${request.slice(0, 2).join(' ')}: ${status} ${JSON.stringify(body)}`)
    return body
  }

  const test = {
    ...server,
    folder: folder.path,
    databaseUrl: config.DATABASE_URL,
    ask,
    call,
    now,

    /** Adds a channel; gives its id. */
    newChannel: async (settings: object): Promise<string> => (await granted('POST', '/admin/channels', settings)).id,

    /** A new member key. */
    newKey: (settings: object = {}): Promise<{ id: string; key: string }> =>
      granted('POST', '/admin/keys', { name: 'member', ...settings }),

    /** A new member key's secret. */
    memberKey: async (settings: object = {}): Promise<string> => (await test.newKey(settings)).key,

    /** Asks for a video; gives its id. */
    newVideo: async (fields: object = {}, asker: Asker = {}): Promise<string> =>
      (await granted('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat', ...fields }, asker)).id,

    /** The file of a video. */
    content: (id: string, { query = '', ...request }: Asker & { method?: string; query?: string } = {}) =>
      ask(`/v1/videos/${id}/content${query}`, request),

    /** A task as the operator sees it. */
    inspect: (id: string): Promise<any> => granted('GET', `/admin/tasks/${id}`),

    /** Moves the server's clock forward, and lets its loop look once. */
    async advance(milliseconds: number) {
      ahead += milliseconds
      await server.services.loop.runNow()
      await server.services.deliver.runNow()
    },

    /** Moves the clock on until the task has ended; gives the object in OpenAI's words. */
    async finished(id: string, key = ADMIN_KEY): Promise<any> {
      for (let tries = 0; tries < 600; tries++) {
        const { body } = await call('GET', `/openai/v1/videos/${id}`, undefined, { key })
        if (body.status === 'completed' || body.status === 'failed') return body
        ahead += 1000
        await server.services.loop.runNow()
      }
      throw new Error(`${id} did not end`)
    },

    async close() {
      await server.stop()
      await database?.close()
      folder.close()
    }
  }
  if (channel) await test.newChannel(channel)
  return test
}
