import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'

test('an ADMIN_KEY stays a key when a later start no longer names it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelay-admin-key-'))
  const chosen = 'sk-chosen-by-the-operator-0123456789'
  const start = (env: Record<string, string>) => {
    const config = loadConfig({
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: folder,
      SANDBOX: 'off',
      ARCHIVE_URL: 'off',
      ...env
    })
    return startServer({ config, log: pino({ level: 'silent' }) })
  }
  for (const env of [{ ADMIN_KEY: chosen }, { ADMIN_KEY: chosen }, {}]) {
    const server = await start(env)
    const { status } = await fetch(`${server.url}/admin/keys`, { headers: { authorization: `Bearer ${chosen}` } })
    await server.stop()
    expect(status).toBe(200)
  }
  rmSync(folder, { recursive: true, force: true })
})
