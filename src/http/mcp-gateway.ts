import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError, type Gateway } from '../mcp/gateway.ts'
import { createMaking, readIdempotencyKey, type MakeServices } from './create/make.ts'
import { readCreate } from './create/read.ts'
import { tellError } from './plugins/errors.ts'
import { requireAlso } from './plugins/caller.ts'
import { parse } from './parse.ts'
import { createEstimate, readForEstimate } from './routes/estimate.ts'
import { page, videoQuery } from './routes/list.ts'
import { createModelReader, detailOf, type ModelServices } from './routes/models.ts'
import type { Presenter } from './video/presenter.ts'
import { untilEnded, whenGone } from './video/watch.ts'
import type { Watches } from './video/watches.ts'

export interface McpGatewayServices extends ModelServices, MakeServices {
  presenter: Presenter
  watches: Watches
}

/** Returns what makes the gateway of one request: the tools do what its key may do, by the services of the routes. */
export function createMcpGateways({ tasks, presenter, watches, audit, tracing, routing, pricing }: McpGatewayServices) {
  const making = createMaking({ tasks, audit, tracing })
  const estimate = createEstimate({ tasks })
  const readModels = createModelReader({ tasks, routing, pricing })

  return (request: FastifyRequest, reply: FastifyReply): Gateway => {
    const { key } = request
    const gone = whenGone(reply)
    const show = (task: Parameters<typeof presenter.show>[1]) => presenter.show(request, task)

    const all: Gateway = {
      async create(fields, idempotencyKey) {
        requireAlso(request, 'tasks:write')
        const reference = readIdempotencyKey(idempotencyKey)
        return show(await making.create(request, reply, () => readCreate(fields), reference))
      },

      async get(id, seconds, signal) {
        if (seconds === 0) return show(await tasks.get(key, id))
        const watch = watches.open(id, key.id, AbortSignal.any([signal, gone]))
        return show(await untilEnded(watch, () => tasks.get(key, id), seconds * 1000))
      },

      async list(given) {
        const { after, limit, order } = parse(videoQuery, given)
        const found = await tasks.list(key, { limit: limit + 1, order, ...(after !== undefined && { after }) })
        return page(await Promise.all(found.slice(0, limit).map(show)), found.length > limit)
      },

      async cancel(id) {
        requireAlso(request, 'tasks:write')
        return show(await making.cancel(request, id))
      },

      models: async () => (await readModels(key)).map(detailOf),
      estimate: fields => estimate(key, readForEstimate(fields))
    }

    /** Tells errors as the API does: bugs are logged, and only their request id is shown. */
    const telling =
      <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
      async (...given: Given) => {
        try {
          return await work(...given)
        } catch (error) {
          const { code, message } = tellError(error, request)
          throw new GatewayError(code, code === 'internal_error' ? `${message} It is ${request.id}.` : message)
        }
      }
    return {
      create: telling(all.create),
      get: telling(all.get),
      list: telling(all.list),
      cancel: telling(all.cancel),
      models: telling(all.models),
      estimate: telling(all.estimate)
    }
  }
}
