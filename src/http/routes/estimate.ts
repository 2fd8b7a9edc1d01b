import type { FastifyInstance } from 'fastify'
import { toDecimal } from '../../lib/money.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { readCreate } from '../create/read.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { needs } from '../plugins/caller.ts'

export interface EstimateServices {
  tasks: Tasks
}

// a price does not depend on it
const ANY_PROMPT = { prompt: 'A video.' }

/** Returns what a create request would cost at most; refuses what a create would refuse, but a missing prompt. */
export async function estimateRoutes(app: FastifyInstance, { tasks }: EstimateServices) {
  app.post('/videos/estimate', { ...needs('tasks:read'), bodyLimit: IMAGES_BODY_LIMIT }, async request => {
    const { request: asked, warnings: read } = readCreate(request.body, ANY_PROMPT)
    const { model, channelId, seconds, size, price, usual, covered, warnings } = await tasks.estimate(
      request.key,
      asked,
      read
    )
    return {
      object: 'video.estimate' as const,
      model,
      channel: channelId,
      seconds: seconds === undefined ? '' : String(seconds),
      size: size ?? '',
      price: price && { amount: toDecimal(price.amount), currency: price.currency },
      usual_ms: usual,
      covered,
      warnings
    }
  })
}
