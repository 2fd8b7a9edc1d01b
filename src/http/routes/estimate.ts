import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Key } from '../../db/index.ts'
import { ratioName } from '../../domain/picture.ts'
import { ApiError } from '../../errors.ts'
import { toDecimal } from '../../lib/money.ts'
import { isRecord } from '../../lib/records.ts'
import type { Estimate } from '../../tasks/create.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { readCreate, type ReadRequest } from '../create/read.ts'
import { parse, refuse } from '../parse.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { needs } from '../plugins/caller.ts'

export interface EstimateServices {
  tasks: Tasks
}

// a price does not depend on it
const ANY_PROMPT = { prompt: 'A video.' }

export const several = z.object({ models: z.array(z.string().trim().min(1).max(200)).min(1).max(4) })

/**
 * Returns what a create request would cost at most, when it would begin, and what it would make. Refuses what a create would refuse, but a
 * missing prompt. With `models` instead of `model`: an estimate for each of them, or why it cannot make the video.
 */
export async function estimateRoutes(app: FastifyInstance, { tasks }: EstimateServices) {
  const estimate = createEstimate({ tasks })

  app.post('/videos/estimate', { ...needs('tasks:read'), bodyLimit: IMAGES_BODY_LIMIT }, async request => {
    const { body, key } = request
    if (!isRecord(body) || body.models === undefined) return estimate(key, readForEstimate(body))
    const { models } = parse(several, body)
    const { models: _models, ...one } = body
    if (one.model !== undefined) throw refuse('models', 'cannot be combined with model')
    const read = readForEstimate(one)
    const data = await Promise.all(
      models.map(model =>
        estimate(key, { ...read, request: { ...read.request, model } }).catch((error: unknown) => {
          if (!(error instanceof ApiError)) throw error
          return { model, error: error.body().error }
        })
      )
    )
    return { object: 'list' as const, data, first_id: null, last_id: null, has_more: false }
  })
}

/** Reads the body of an estimate, which needs no prompt. Throws invalid_request. */
export const readForEstimate = (body: unknown) => readCreate(body, ANY_PROMPT)

/** Returns what estimates a request that was read, and shows it. */
export const createEstimate =
  ({ tasks }: EstimateServices) =>
  async (key: Key, { request, warnings }: ReadRequest) =>
    showEstimate(await tasks.estimate(key, request, warnings))

function showEstimate({ size, resolution, seconds, price, rule, ...estimate }: Estimate) {
  const [width, height] = (size ?? '').split('x').map(Number)
  return {
    object: 'video.estimate' as const,
    model: estimate.model,
    channel: estimate.channelId,
    seconds: seconds ?? null,
    size: size ?? null,
    width: width && height ? width : null,
    height: width && height ? height : null,
    resolution: resolution ?? null,
    ratio: width && height ? ratioName(width, height) : null,
    price: price && { amount: toDecimal(price.amount), currency: price.currency },
    rule,
    usual_ms: estimate.usual,
    queue: estimate.queue,
    covered: estimate.covered,
    unavailable_reason: estimate.unavailable,
    warnings: estimate.warnings
  }
}
