import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import { version } from '../../src/lib/version.ts'

test.each(['sqlite', 'postgres'] as const)('the system as it is, on %s, with no secret in it', async kind => {
  const server = await startTestServer({
    kind,
    env: { RETENTION_DAYS: '30', SECRET_KEY: Buffer.alloc(32, 7).toString('base64') }
  })
  await server.newKey()
  const { status, body } = await server.call('GET', '/admin/system')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    object: 'system',
    version: version(),
    node: process.version,
    database: { kind, size_bytes: expect.any(Number), migrations: expect.any(Number) },
    archive: { kind: expect.any(String), ok: true, error: null },
    redis: null,
    disk: { free_bytes: expect.any(Number), total_bytes: expect.any(Number) },
    counts: { tasks: 0, open: 0, files: 0, keys: 2 }
  })
  expect(body.database.migrations).toBeGreaterThan(8)
  expect(body.disk.free_bytes).toBeLessThan(body.disk.total_bytes)
  const settings = new Map(body.environment.map((one: { name: string }) => [one.name, one]))
  expect(settings.get('RETENTION_DAYS')).toMatchObject({ value: '30', origin: 'env', description: expect.any(String) })
  expect(settings.get('MAX_QUEUED')).toMatchObject({ origin: 'default' })
  expect(settings.get('ADMIN_KEY')).toMatchObject({ value: '(set)' })
  expect(settings.get('SECRET_KEY')).toMatchObject({ value: '(set)' })
  await server.close()
})
