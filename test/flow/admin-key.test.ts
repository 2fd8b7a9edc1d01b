import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { environment } from '../support/environment.ts'
import { makeFolder } from '../support/folder.ts'

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
