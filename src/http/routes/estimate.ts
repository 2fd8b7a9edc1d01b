import type { FastifyInstance } from 'fastify'
import { toDecimal } from '../../lib/money.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { readCreate } from '../create/read.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { needs } from '../plugins/caller.ts'

export interface EstimateServices {
  tasks: Tasks
}

/** Returns what a create request would cost at most; refuses what a create would refuse. */
export async function estimateRoutes(app: FastifyInstance, { tasks }: EstimateServices) {
  app.post('/videos/estimate', { ...needs('tasks:read'), bodyLimit: IMAGES_BODY_LIMIT }, async request => {
    const { request: asked, warnings: read } = readCreate(request.body)
    const { model, channelId, seconds, size, price, warnings } = await tasks.estimate(request.key, asked, read)
    return {
      object: 'video.estimate' as const,
      model,
      channel: channelId,
      seconds: seconds === undefined ? '' : String(seconds),
      size: size ?? '',
      price: price && { amount: toDecimal(price.amount), currency: price.currency },
      warnings
    }
  })
}
