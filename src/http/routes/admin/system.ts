import type { FastifyInstance } from 'fastify'
import type { System } from '../../../admin/system.ts'
import type { TestArchive } from '../../../files/archive-test.ts'
import { needs } from '../../plugins/caller.ts'

export interface SystemServices {
  system: System
  testArchive: TestArchive
}

/** What runs here: versions, database, archive, disk and settings, secrets masked. */
export async function systemRoutes(app: FastifyInstance, { system, testArchive }: SystemServices) {
  app.get('/system', needs('settings:read'), async () => {
    const { uptime, database, archive, redis, disk, settings, ...same } = await system()
    return {
      object: 'system' as const,
      ...same,
      uptime_s: Math.floor(uptime / 1000),
      database: { kind: database.kind, size_bytes: database.size, migrations: database.migrations },
      archive: { kind: archive.kind, ok: archive.isWell, error: archive.error },
      redis: redis && { ok: redis.isUp },
      disk: { free_bytes: disk.free, total_bytes: disk.total },
      environment: settings.map(({ name, value, isDefault, description }) => ({
        name,
        value,
        origin: isDefault ? ('default' as const) : ('env' as const),
        description
      }))
    }
  })
  app.post('/archive/test', needs('settings:write'), async () => {
    const { ok, error, ms } = await testArchive()
    return { object: 'archive.test' as const, ok, error, latency_ms: ms }
  })
}
