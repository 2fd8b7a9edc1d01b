import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Event } from '../../db/index.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Auth } from '../plugins/auth.ts'
import { needs } from '../plugins/caller.ts'
import type { Presenter } from '../video/presenter.ts'
import { families } from './families.ts'
import { asOf } from '../video/as-of.ts'
import { watchUntil, whenGone } from '../video/watch.ts'
import type { Watches } from '../video/watches.ts'

export interface EventServices {
  auth: Auth
  tasks: Tasks
  watches: Watches
  presenter: Presenter
  now(): number
}

const HEARTBEAT = 15_000
const RECONNECT_MS = 2000

/** Streams the events of a video as server-sent events, from the beginning or after the client's Last-Event-ID. */
export async function eventRoutes(app: FastifyInstance, { auth, tasks, watches, presenter, now }: EventServices) {
  async function open(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
    const { id } = request.params
    await tasks.get(request.key, id)
    const watch = watches.open(id, request.key.id, whenGone(reply))
    const seen = await tasks.history(id).then(
      events => seenBy(request, events),
      (error: unknown) => {
        watch.close()
        throw error
      }
    )
    // an EventSource reconnects after the end; a 204 stops it
    if (seen.at(-1) && isEnd(seen.at(-1)!)) {
      watch.close()
      return reply.code(204).send()
    }

    const sent = new Set(seen.map(event => event.id))
    const stream = new PassThrough()
    let wroteAt = now()
    const write = (text: string) => {
      wroteAt = now()
      stream.write(text)
    }

    async function look(): Promise<boolean> {
      await auth.identify(request)
      const events = inOrder(await tasks.history(id))
      // read after the events, so it is at least as recent
      const task = await tasks.get(request.key, id)
      for (const event of events) {
        if (sent.has(event.id)) continue
        sent.add(event.id)
        const video = await presenter.show(request, asOf(event, task))
        write(`event: ${event.type}\nid: ${event.id}\ndata: ${JSON.stringify(video)}\n\n`)
        if (isEnd(event)) return true
      }
      beat()
      return false
    }

    function beat() {
      if (now() - wroteAt >= HEARTBEAT && !stream.writableNeedDrain) write(': heartbeat\n\n')
    }

    write(`retry: ${RECONNECT_MS}\n\n`)
    // a deleted task or a revoked key ends the stream; the client gets the error when it reconnects
    watchUntil(watch, look, { idle: { everyMs: HEARTBEAT / 3, call: beat } }).then(
      () => stream.end(),
      (error: unknown) => {
        request.log.info({ err: error, requestId: request.id }, 'event stream ended early')
        stream.end()
      }
    )
    return reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no'
      })
      .send(stream)
  }

  for (const family of families)
    app.get(`${family}/:id/events`, { ...needs('tasks:read'), exposeHeadRoute: false }, open)
}

const rank = (type: string) => (type === 'video.queued' ? 0 : type === 'video.in_progress' ? 1 : 2)

const isEnd = ({ type }: Event) => rank(type) === 2

/** Sorts by type, then by id: the clocks of two nodes may differ. */
function inOrder(events: readonly Event[]): Event[] {
  return events.toSorted((a, b) => rank(a.type) - rank(b.type) || (a.id < b.id ? -1 : 1))
}

/** Returns the events up to the client's Last-Event-ID; none when it names none of them. */
function seenBy({ headers }: FastifyRequest, events: readonly Event[]): Event[] {
  const ordered = inOrder(events)
  return ordered.slice(0, ordered.findIndex(({ id }) => id === headers['last-event-id']) + 1)
}
