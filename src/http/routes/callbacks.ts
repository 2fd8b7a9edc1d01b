import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Callbacks } from '../../tasks/callbacks.ts'
import { readBody } from '../plugins/intake.ts'

export interface CallbackServices {
  callbacks: Callbacks
}

interface Call {
  Params: { channel: string; token: string }
}

const LIMIT = 4 * 1024 * 1024

/** Callbacks of vendors, in any format: `/callbacks/{channel}/{token}`. */
export async function callbackRoutes(app: FastifyInstance, { callbacks }: CallbackServices) {
  // signatures cover the body as it was sent
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) =>
    (await readBody(request, payload)).toString()
  )

  app.route<Call>({
    method: ['GET', 'POST'],
    url: '/callbacks/:channel/:token',
    exposeHeadRoute: false,
    bodyLimit: LIMIT,
    // before the body is read
    onRequest: ({ params: { channel, token } }) => callbacks.check(channel, token),
    handler: async ({ params: { channel, token }, method, url, headers, body }) => {
      const [path = '', query = ''] = url.split(/\?(.*)/s)
      return callbacks.receive(channel, token, {
        method,
        path,
        query,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        rawBody: typeof body === 'string' ? body : ''
      })
    }
  })
}
