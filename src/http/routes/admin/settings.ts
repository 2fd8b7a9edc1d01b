import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../../admin/audit.ts'
import type { DescribedSetting, Settings } from '../../../admin/settings.ts'
import { runtimeSettings } from '../../../domain/settings.ts'
import { parse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'

export interface SettingServices {
  settings: Settings
  audit: Audit
}

const { retention_days, exchange_log, exchange_log_days } = runtimeSettings.shape

// null: back to the default
export const changes = z.strictObject({
  retention_days: retention_days.nullable().optional(),
  exchange_log: exchange_log.nullable().optional(),
  exchange_log_days: exchange_log_days.nullable().optional()
})

/** Settings that hold on every node a moment after they are changed. Those that the environment or the configuration file sets cannot be changed. */
export async function settingRoutes(app: FastifyInstance, { settings, audit }: SettingServices) {
  app.get('/settings', needs('settings:read'), async () => show(await settings.list()))

  app.patch('/settings', needs('settings:write'), async request =>
    show(await settings.change(parse(changes, request.body), audit, byOf(request)))
  )
}

const show = (all: readonly DescribedSetting[]) => ({
  object: 'settings' as const,
  settings: all.map(({ name, value, fallback, origin, env, description, managedBy }) => ({
    name,
    value,
    default: fallback,
    origin,
    managed_by: managedBy,
    env,
    description
  }))
})
