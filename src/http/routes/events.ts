import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Event, Task } from '../../db/index.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Auth } from '../plugins/auth.ts'
import type { Presenter } from '../video/presenter.ts'
import { families } from './families.ts'
import { watchUntil, whenGone, type Watches } from '../video/watch.ts'

export interface EventServices {
  auth: Auth
  tasks: Tasks
  watches: Watches
  presenter: Presenter
  now(): number
}

const HEARTBEAT = 15_000
const RECONNECT_MS = 2000

/** What happens to a video, as it happens: server-sent events from its beginning, or from where the client was. */
export async function eventRoutes(app: FastifyInstance, { auth, tasks, watches, presenter, now }: EventServices) {
  async function open(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
    const { id } = request.params
    await tasks.get(request.key, id)
    const seen = seenBy(request, await tasks.history(id))
    // an EventSource comes back after the end; this tells it to stay away
    if (seen.at(-1) && isEnd(seen.at(-1)!)) return reply.code(204).send()

    const sent = new Set(seen.map(event => event.id))
    const stream = new PassThrough()
    const gone = whenGone(reply)
    const watch = watches.open(id, gone)
    let wroteAt = now()
    const write = (text: string) => {
      wroteAt = now()
      stream.write(text)
    }

    async function look(): Promise<boolean> {
      await auth.identify(request)
      const events = inOrder(await tasks.history(id))
      // read after the events: it is at least as new as they are
      const task = await tasks.get(request.key, id)
      for (const event of events) {
        if (sent.has(event.id)) continue
        sent.add(event.id)
        const video = await presenter.show(request, asOf(event, task))
        write(`event: ${event.type}\nid: ${event.id}\ndata: ${JSON.stringify(video)}\n\n`)
        if (isEnd(event)) return true
      }
      if (now() - wroteAt >= HEARTBEAT && !stream.writableNeedDrain) write(': heartbeat\n\n')
      return false
    }

    write(`retry: ${RECONNECT_MS}\n\n`)
    // a deleted task or a revoked key ends the stream; what is wrong is told when the client asks again
    watchUntil(watch, look).then(
      () => stream.end(),
      (error: unknown) => {
        request.log.info({ err: error, requestId: request.id }, 'an event stream ended early')
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

  for (const family of families) app.get(`${family}/:id/events`, { exposeHeadRoute: false }, open)
}

const rank = (type: string) => (type === 'video.queued' ? 0 : type === 'video.in_progress' ? 1 : 2)

const isEnd = ({ type }: Event) => rank(type) === 2

/** By what they say, then by id: two nodes' clocks may differ. */
function inOrder(events: readonly Event[]): Event[] {
  return events.toSorted((a, b) => rank(a.type) - rank(b.type) || (a.id < b.id ? -1 : 1))
}

/** What the client already has, by its Last-Event-ID; nothing when it names none of these. */
function seenBy({ headers }: FastifyRequest, events: readonly Event[]): Event[] {
  const ordered = inOrder(events)
  return ordered.slice(0, ordered.findIndex(({ id }) => id === headers['last-event-id']) + 1)
}

/** The task as it was when the event happened, as far as that can be known. */
function asOf({ type }: Event, task: Task): Task {
  if (type === 'video.completed' || type === 'video.failed') return task
  const status = type === 'video.queued' ? 'queued' : 'in_progress'
  if (task.status === status) return task
  return {
    ...task,
    status,
    progress: 0,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    result: null,
    failure: null,
    errorCode: null,
    errorMessage: null
  }
}
