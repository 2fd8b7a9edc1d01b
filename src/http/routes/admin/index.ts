import type { FastifyInstance } from 'fastify'
import { knownQuery } from '../../plugins/known-query.ts'
import { alertRoutes, type AlertServices } from './alerts.ts'
import { auditRoutes, type AuditServices } from './audit.ts'
import { backupRoutes, type BackupServices } from './backup.ts'
import { channelRoutes, type ChannelServices } from './channels.ts'
import { deliveryRoutes, type DeliveryServices } from './deliveries.ts'
import { liveRoutes, type LiveServices } from './events.ts'
import { insightRoutes, type InsightServices } from './insights.ts'
import { keyRoutes, type KeyServices } from './keys.ts'
import { modelSettingRoutes, type ModelSettingServices } from './models.ts'
import { ledgerRoutes, type LedgerServices } from './ledger.ts'
import { sessionRoutes, type SessionServices } from './sessions.ts'
import { settingRoutes, type SettingServices } from './settings.ts'
import { systemRoutes, type SystemServices } from './system.ts'
import { taskRoutes, type TaskServices } from './tasks.ts'
import { usageReportRoutes, type UsageReportServices } from './usage.ts'
import { userRoutes, type UserServices } from './users.ts'
import { vendorRoutes, type VendorServices } from './vendors.ts'

export interface AdminServices {
  keys: KeyServices
  channels: ChannelServices
  models: ModelSettingServices
  tasks: TaskServices
  deliveries: DeliveryServices
  ledger: LedgerServices
  usage: UsageReportServices
  insights: InsightServices
  alerts: AlertServices
  live: LiveServices
  users: UserServices
  vendors: VendorServices
  sessions: SessionServices
  audit: AuditServices
  backup: BackupServices
  system: SystemServices
  settings: SettingServices
}

/** All routes below /admin. */
export async function adminRoutes(
  app: FastifyInstance,
  {
    keys,
    channels,
    models,
    tasks,
    deliveries,
    ledger,
    usage,
    insights,
    alerts,
    live,
    vendors,
    users,
    sessions,
    audit,
    backup,
    system,
    settings
  }: AdminServices
) {
  app.addHook('onRequest', knownQuery)
  app.register(keyRoutes, keys)
  app.register(channelRoutes, channels)
  app.register(modelSettingRoutes, models)
  app.register(taskRoutes, tasks)
  app.register(deliveryRoutes, deliveries)
  app.register(ledgerRoutes, ledger)
  app.register(usageReportRoutes, usage)
  app.register(liveRoutes, live)
  app.register(systemRoutes, system)
  app.register(settingRoutes, settings)
  app.register(insightRoutes, insights)
  app.register(alertRoutes, alerts)
  app.register(vendorRoutes, vendors)
  app.register(userRoutes, users)
  app.register(sessionRoutes, sessions)
  app.register(auditRoutes, audit)
  app.register(backupRoutes, backup)
}
