import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { environment } from '../support/environment.ts'
import { makeFolder } from '../support/folder.ts'

test('a rotated ADMIN_KEY stays dead after a start that still names it, and the log says so', async () => {
  const { path: DATA_DIR, close } = makeFolder('rotated-admin-key')
  const old = 'sk-chosen-by-the-operator-0123456789'
  const lines: string[] = []
  const config = loadConfig({ ...environment, DATA_DIR, ADMIN_KEY: old })
  const start = () => startServer({ config, log: pino({ level: 'warn' }, { write: line => lines.push(line) }) })
  const call = async (url: string, key: string, path = '', method = 'GET') => {
    const answer = await fetch(`${url}/admin/keys${path}`, { method, headers: { authorization: `Bearer ${key}` } })
    // the shape of an answer
    return { status: answer.status, body: (await answer.json()) as any }
  }

  const first = await start()
  const { body: list } = await call(first.url, old)
  const { body: rotated } = await call(first.url, old, `/${list.data[0].id}/rotate`, 'POST')
  await first.stop()
  expect(lines.join('')).not.toContain('ADMIN_KEY')

  for (let starts = 0; starts < 2; starts++) {
    const server = await start()
    expect((await call(server.url, old)).status).toBe(401)
    const { status, body } = await call(server.url, rotated.key)
    expect([status, body.data.length]).toEqual([200, 1])
    await server.stop()
  }
  expect(lines.filter(line => line.includes('ADMIN_KEY has been rotated or revoked'))).toHaveLength(2)
  close()
})

test('an ADMIN_KEY stays a key when a later start no longer names it', async () => {
  const { path: DATA_DIR, close } = makeFolder('admin-key')
  const chosen = 'sk-chosen-by-the-operator-0123456789'
  const start = (env: Record<string, string>) => {
    const { ADMIN_KEY: _, ...rest } = environment
    const config = loadConfig({ ...rest, DATA_DIR, ...env })
    return startServer({ config, log: pino({ level: 'silent' }) })
  }
  for (const env of [{ ADMIN_KEY: chosen }, { ADMIN_KEY: chosen }, {}]) {
    const server = await start(env)
    const { status } = await fetch(`${server.url}/admin/keys`, { headers: { authorization: `Bearer ${chosen}` } })
    await server.stop()
    expect(status).toBe(200)
  }
  close()
})
