import { PassThrough } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Event } from '../../db/index.ts'
import type { FrontRoute, WireRequest } from '../../fronts/front.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Auth } from '../plugins/auth.ts'
import { asOf } from '../video/as-of.ts'
import { watchUntil, whenGone } from '../video/watch.ts'
import type { Watches } from '../video/watches.ts'
import type { Showing } from './showing.ts'
import { sendEvents } from '../event-stream.ts'

export interface EventServices {
  auth: Auth
  tasks: Pick<Tasks, 'get' | 'history'>
  watches: Watches
  now(): number
}

type Events = FrontRoute & { does: 'events' }

const HEARTBEAT = 15_000
// streams that open in the same moment, as after a restart, must not write in the same one
const SPREAD = 64
const SPREAD_MS = 50
const RECONNECT_MS = 2000

/** Streams the events of a video as server-sent events, from the beginning or after the client's Last-Event-ID. */
export function createEvents({ auth, tasks, watches, now }: EventServices, showing: Showing) {
  let opened = 0
  return async (route: Events, wire: WireRequest, request: FastifyRequest, reply: FastifyReply) => {
    const id = route.id(wire)
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
    const beatMs = HEARTBEAT - (opened++ % SPREAD) * SPREAD_MS
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
        const video = await showing.whole(asOf(event, task), wire, route, reply)
        write(`event: ${event.type}\nid: ${event.id}\ndata: ${JSON.stringify(route.write(video, wire))}\n\n`)
        if (isEnd(event)) return true
      }
      beat()
      return false
    }

    function beat() {
      // a timer may be early by this clock
      if (now() - wroteAt >= beatMs - SPREAD_MS && !stream.writableNeedDrain) write(': heartbeat\n\n')
    }

    write(`retry: ${RECONNECT_MS}\n\n`)
    // a deleted task or a revoked key ends the stream; the client gets the error when it reconnects
    watchUntil(watch, look, { idle: { everyMs: beatMs, call: beat } }).then(
      () => stream.end(),
      (error: unknown) => {
        request.log.info({ err: error, requestId: request.id }, 'event stream ended early')
        stream.end()
      }
    )
    return sendEvents(reply, stream)
  }
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
