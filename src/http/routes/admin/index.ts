import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../../errors.ts'
import type { Auth } from '../../plugins/auth.ts'
import type { Limits } from '../../plugins/rate-limit.ts'
import { channelRoutes, type ChannelServices } from './channels.ts'
import { deliveryRoutes, type DeliveryServices } from './deliveries.ts'
import { keyRoutes, type KeyServices } from './keys.ts'
import { modelSettingRoutes, type ModelSettingServices } from './models.ts'
import { ledgerRoutes, type LedgerServices } from './ledger.ts'
import { taskRoutes, type TaskServices } from './tasks.ts'
import { usageReportRoutes, type UsageReportServices } from './usage.ts'

export interface AdminServices {
  auth: Auth
  limits: Limits
  keys: KeyServices
  channels: ChannelServices
  models: ModelSettingServices
  tasks: TaskServices
  deliveries: DeliveryServices
  ledger: LedgerServices
  usage: UsageReportServices
}

/** Everything below /admin needs an admin key. */
export async function adminRoutes(
  app: FastifyInstance,
  { auth, limits, keys, channels, models, tasks, deliveries, ledger, usage }: AdminServices
) {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    request.key = await auth.authenticate(request)
    await limits.count(request.key, reply)
    if (request.key.role !== 'admin') throw new ApiError('admin_required')
  })
  app.register(keyRoutes, keys)
  app.register(channelRoutes, channels)
  app.register(modelSettingRoutes, models)
  app.register(taskRoutes, tasks)
  app.register(deliveryRoutes, deliveries)
  app.register(ledgerRoutes, ledger)
  app.register(usageReportRoutes, usage)
}
