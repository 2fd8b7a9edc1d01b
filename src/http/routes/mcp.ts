import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../errors.ts'
import { recordOf } from '../../lib/records.ts'
import { createMcpGateways, type McpGatewayServices } from '../mcp-gateway.ts'
import { originOf } from '../origin.ts'
import { needs } from '../plugins/caller.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { whenGone } from '../video/watch.ts'

export interface McpServices extends McpGatewayServices {
  version: string
  /** makes keys of creates that have none */
  newKey(): string
}

/**
 * The tools for programs that speak MCP, over streamable HTTP. Every request stands for itself: there are no sessions, so that any node answers,
 * and a request counts once against the limit of its key, however long it waits.
 */
export async function mcpRoutes(app: FastifyInstance, { version, newKey, ...services }: McpServices) {
  const gatewayOf = createMcpGateways(services)
  // half a megabyte that most servers never need
  let loading: Promise<typeof import('../../mcp/index.ts')> | undefined
  const load = () => (loading ??= import('../../mcp/index.ts'))

  app.post('/mcp', { ...needs('tasks:read'), bodyLimit: IMAGES_BODY_LIMIT }, async (request, reply) => {
    const { createMcpHandler, createMcpServer } = await load()
    const { body } = request
    const gateway = gatewayOf(request, reply)
    // many calls in one request would be one request to its key's limit
    if (Array.isArray(body))
      throw new ApiError('invalid_request', { message: 'Batches are not supported. Send one message per request.' })
    const isListing = recordOf(body).method === 'tools/list'
    const { fetch: answer } = createMcpHandler(
      () =>
        createMcpServer({ gateway, monotonic: () => performance.now(), newKey, readImage: null, version, isListing }),
      // nothing that could be subscribed to ever changes
      { maxSubscriptions: 0 }
    )
    const { status, headers: answerHeaders, body: stream } = await answer(webRequest(), { parsedBody: body })
    // nginx would hold progress back
    reply.header('x-accel-buffering', 'no')
    return reply
      .code(status)
      .headers(Object.fromEntries(answerHeaders))
      .send(stream ?? '')

    function webRequest(): Request {
      const headers = new Headers()
      for (const name of ['accept', 'content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name']) {
        const value = request.headers[name]
        if (value !== undefined) headers.set(name, String(value))
      }
      return new Request(`${originOf(request)}/mcp`, { method: 'POST', headers, signal: whenGone(reply) })
    }
  })
}
