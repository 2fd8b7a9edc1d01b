import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import { errorSerializers } from '../../src/lib/log-error.ts'
import { startServer } from '../../src/server.ts'

/** An admin key that every test server knows. */
export const ADMIN_KEY = 'sk-test-admin-0123456789abcdefghij'

interface Options {
  /** environment variables on top of the test's own */
  env?: Record<string, string>
  /** lines of the log, for tests about the log */
  onLog?(line: string): void
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

/** A whole server in this process on a free port, with a database and data folder of its own. Close it when done. */
export async function startTestServer({ env = {}, onLog }: Options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'reelay-'))
  const config = loadConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: folder,
    ADMIN_KEY,
    OUTBOUND_ALLOW: '127.0.0.0/8',
    SANDBOX: 'off',
    // copies and thumbnails are archiver's business: its tests turn them on
    ARCHIVE_URL: 'off',
    ...env
  })
  const log = onLog
    ? pino({ level: 'trace', serializers: errorSerializers }, { write: onLog })
    : pino({ level: 'silent' })
  let ahead = 0
  const now = () => Date.now() + ahead
  const server = await startServer({ config, log, random: () => 0.5, now })

  /** A request with a JSON answer; `key` null sends none. */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    { key = ADMIN_KEY, headers = {} }: { key?: string | null; headers?: Record<string, string> } = {}
  ) {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await response.text()
    // an answer's shape is what the test is about
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as any
    }
  }

  return {
    ...server,
    folder,
    call,

    /** A new member key's secret. */
    async memberKey(settings: Record<string, unknown> = {}): Promise<string> {
      const { body } = await call('POST', '/admin/keys', { name: 'member', ...settings })
      return body.key as string
    },

    now,

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
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
