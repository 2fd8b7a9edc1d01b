import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { needs } from '../plugins/caller.ts'
import type { Presenter } from '../video/presenter.ts'
import { hasInlineVideo } from '../video/inline-video.ts'
import { families } from './families.ts'
import { untilEnded, waitOf, whenGone } from '../video/watch.ts'
import type { Watches } from '../video/watches.ts'

export interface PollServices {
  tasks: Tasks
  presenter: Presenter
  watches: Watches
}

type Poll = FastifyRequest<{ Params: { id: string } }>

/** Polls are nearly all of the traffic: with a cached row they create no promise and no object. */
export async function pollRoutes(app: FastifyInstance, { tasks, presenter, watches }: PollServices) {
  function retrieve(route: string) {
    return (request: Poll, reply: FastifyReply): unknown => {
      const wait = waitOf(request)
      if (wait !== null) return waitFor(request, reply, wait)
      const task = tasks.look(request.key, request.params.id)
      return task instanceof Promise
        ? task.then(row => answer(request, reply, row, route))
        : answer(request, reply, task, route)
    }
  }

  // the queue position, or the video itself, must be read
  const answer = (request: Poll, reply: FastifyReply, task: Task, route: string): unknown =>
    task.queueTag === null && !hasInlineVideo(task)
      ? presenter.answerText(request, reply, task, route)
      : presenter.answer(request, reply, task)

  async function waitFor(request: Poll, reply: FastifyReply, seconds: number) {
    const { id } = request.params
    const watch = watches.open(id, request.key.id, whenGone(reply))
    if (request.headers.prefer !== undefined) reply.header('preference-applied', `wait=${seconds}`)
    const task = await untilEnded(watch, () => tasks.get(request.key, id), seconds * 1000)
    return presenter.answer(request, reply, task)
  }

  for (const family of families) app.get(`${family}/:id`, needs('tasks:read'), retrieve(`${app.prefix}${family}/:id`))
}
