import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../../errors.ts'
import type { Auth } from '../../auth.ts'
import { channelRoutes, type ChannelServices } from './channels.ts'
import { deliveryRoutes, type DeliveryServices } from './deliveries.ts'
import { keyRoutes, type KeyServices } from './keys.ts'
import { modelSettingRoutes, type ModelSettingServices } from './models.ts'
import { taskRoutes, type TaskServices } from './tasks.ts'

export interface AdminServices {
  auth: Auth
  keys: KeyServices
  channels: ChannelServices
  models: ModelSettingServices
  tasks: TaskServices
  deliveries: DeliveryServices
}

/** Everything below /admin needs an admin key. */
export async function adminRoutes(
  app: FastifyInstance,
  { auth, keys, channels, models, tasks, deliveries }: AdminServices
) {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    request.key = await auth.authenticate(request)
    if (request.key.role !== 'admin') throw new ApiError('admin_required')
  })
  app.register(keyRoutes, keys)
  app.register(channelRoutes, channels)
  app.register(modelSettingRoutes, models)
  app.register(taskRoutes, tasks)
  app.register(deliveryRoutes, deliveries)
}
