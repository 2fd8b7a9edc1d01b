import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import type { FrontRoute, FrontVideo, WireRequest, Written } from '../../fronts/front.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Presenter } from '../video/presenter.ts'
import { untilEnded, whenGone } from '../video/watch.ts'
import type { Watches } from '../video/watches.ts'
import type { Showing } from './showing.ts'
import { sendWritten } from './wire.ts'

export interface PollServices {
  tasks: Pick<Tasks, 'get' | 'look'>
  presenter: Pick<Presenter, 'advisePoll' | 'progress'>
  watches: Watches
}

type Get = FrontRoute & { does: 'get' }

/** The text of an answer, and what it is the answer to. */
interface Cached {
  route: Get
  form: string
  origin: string
  progress: number
  written: Written
}

/**
 * Polls are nearly all of the traffic: with a cached row they create no promise and no video. An answer is kept as long as its row is, and its
 * progress, which may follow from the time.
 */
export function createPolls({ tasks, presenter, watches }: PollServices, showing: Showing) {
  const answers = new WeakMap<Task, Cached>()

  function show(route: Get, wire: WireRequest, { url }: FastifyRequest, reply: FastifyReply, task: Task): unknown {
    if (showing.needsMore(task, route)) return showWhole(route, wire, reply, task)
    presenter.advisePoll(reply, task)
    const { origin } = wire
    const form = route.form ? route.form(wire) : url
    const cached = answers.get(task)
    if (
      cached?.route === route &&
      cached.form === form &&
      cached.origin === origin &&
      cached.progress === presenter.progress(task)
    )
      return void sendWritten(reply, cached.written)
    const video = showing.view(task, wire)
    const { written, isPersonal } = write(route, wire, video)
    if (!isPersonal) answers.set(task, { route, form, origin, progress: video.progress, written })
    return void sendWritten(reply, written)
  }

  function write(route: Get, wire: WireRequest, video: FrontVideo): { written: Written; isPersonal: boolean } {
    // a form names all that the answer depends on
    if (route.form) return { written: asText(route.write(video, wire)), isPersonal: false }
    let isPersonal = false
    const watched: WireRequest = {
      ...wire,
      get requestId() {
        isPersonal = true
        return wire.requestId
      }
    }
    const written = asText(route.write(video, watched))
    return { written, isPersonal }
  }

  async function showWhole(route: Get, wire: WireRequest, reply: FastifyReply, task: Task) {
    presenter.advisePoll(reply, task)
    return sendWritten(reply, route.write(await showing.whole(task, wire, route, reply), wire))
  }

  async function waitFor(route: Get, wire: WireRequest, request: FastifyRequest, reply: FastifyReply, seconds: number) {
    const id = route.id(wire)
    const watch = watches.open(id, request.key.id, whenGone(reply))
    if (wire.headers.prefer !== undefined) reply.header('preference-applied', `wait=${seconds}`)
    const task = await untilEnded(watch, () => tasks.get(request.key, id), seconds * 1000)
    return showWhole(route, wire, reply, task)
  }

  return (route: Get, wire: WireRequest, request: FastifyRequest, reply: FastifyReply): unknown => {
    const seconds = route.waits?.(wire) ?? null
    if (seconds !== null) return waitFor(route, wire, request, reply, seconds)
    const task = tasks.look(request.key, route.id(wire))
    return task instanceof Promise
      ? task.then(row => show(route, wire, request, reply, row))
      : show(route, wire, request, reply, task)
  }
}

/** An answer whose body is text already. */
const asText = (written: Written): Written =>
  written.body === undefined || typeof written.body === 'string'
    ? written
    : { ...written, body: JSON.stringify(written.body) }
