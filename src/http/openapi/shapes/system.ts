import { z } from 'zod'
import { ManagedBy } from './shared.ts'
import { settingNames } from '../../../domain/settings.ts'

/* What runs here. */

export const System = z
  .object({
    object: z.literal('system'),
    version: z.string(),
    node: z.string(),
    uptime_s: z.int(),
    database: z.object({ kind: z.enum(['sqlite', 'postgres']), size_bytes: z.int().nullable(), migrations: z.int() }),
    archive: z.object({ kind: z.enum(['file', 's3', 'off']), ok: z.boolean(), error: z.string().nullable() }),
    redis: z.object({ ok: z.boolean() }).nullable(),
    disk: z.object({ free_bytes: z.number(), total_bytes: z.number() }),
    counts: z.object({ tasks: z.int(), open: z.int(), files: z.int(), keys: z.int(), channels: z.int() }),
    environment: z.array(
      z.object({
        name: z.string(),
        value: z.string().nullable(),
        origin: z.enum(['default', 'env']),
        description: z.string()
      })
    )
  })
  .meta({ id: 'System', description: 'Versions, database, archive, disk and settings; secrets are masked.' })

export const RuntimeSettings = z
  .object({
    object: z.literal('settings'),
    settings: z.array(
      z.object({
        name: z.enum(settingNames),
        value: z.union([z.string(), z.number()]),
        default: z.union([z.string(), z.number()]),
        origin: z
          .enum(['env', 'file', 'database', 'default'])
          .describe('What `env` or the configuration file sets cannot be changed here.'),
        managed_by: ManagedBy.nullable(),
        env: z.string().describe('The environment variable that sets it.'),
        description: z.string()
      })
    )
  })
  .meta({ id: 'Settings', description: 'Settings that hold on every node a moment after they are changed.' })

export const Gateway = z
  .object({
    object: z.literal('gateway'),
    name: z.literal('reelay'),
    version: z.string(),
    links: z.record(z.string(), z.string())
  })
  .meta({ id: 'Gateway' })

export const Health = z.object({ status: z.string() }).meta({ id: 'Health' })
