import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Live } from '../../../admin/live.ts'
import type { Auth } from '../../plugins/auth.ts'
import { needs } from '../../plugins/caller.ts'
import { whenGone } from '../../video/watch.ts'
import { sendEvents } from '../../event-stream.ts'

export interface LiveServices {
  live: Live
  auth: Auth
}

const HEARTBEAT = 15_000
const RECONNECT_MS = 2000

/** Streams what changes as server-sent events: tasks, channels, budgets. A client that was away is told to read its lists again. */
export async function liveRoutes(app: FastifyInstance, { live, auth }: LiveServices) {
  app.get('/events', { ...needs('tasks:read'), exposeHeadRoute: false }, async (request, reply) => {
    const stream = new PassThrough()
    let number = Number(/^\d{1,15}$/.exec(String(request.headers['last-event-id'] ?? ''))?.[0] ?? 0)
    const send = (type: string, data: unknown) =>
      stream.write(`event: ${type}\nid: ${++number}\ndata: ${JSON.stringify(data)}\n\n`)

    stream.write(`retry: ${RECONNECT_MS}\n\n`)
    if (number > 0) send('resync', {})
    const unlisten = live.listen(events => {
      if (events === null) return void stream.end()
      // a client that does not read is told later, in one word
      if (stream.writableNeedDrain) return
      for (const { type, data } of events) send(type, data)
    })
    const heartbeat = setInterval(() => void beat(), HEARTBEAT)
    const end = () => {
      unlisten()
      clearInterval(heartbeat)
      stream.end()
    }
    whenGone(reply).addEventListener('abort', end)
    stream.once('drain', () => send('resync', {}))

    async function beat() {
      try {
        // a session that ended or a key that was revoked ends the stream
        await auth.identify(request)
        if (!stream.writableNeedDrain) stream.write(': heartbeat\n\n')
      } catch {
        end()
      }
    }

    return sendEvents(reply, stream)
  })
}
