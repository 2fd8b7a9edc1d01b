import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dialect, Task } from '../../db/index.ts'
import { UNKNOWN_TIME } from '../../domain/policy.ts'
import type { Results } from '../../files/results.ts'
import type { Durations } from '../../tasks/durations.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Links } from './signed-links.ts'
import { inEnvelope, wantsEnvelope } from './newapi.ts'
import { present, type Video } from './video-object.ts'
import { wordsFor, type Words } from './words.ts'

interface Dependencies {
  tasks: Pick<Tasks, 'waiting'>
  results: Pick<Results, 'publicUrl'>
  links: Links
  durations: Durations
  now(): number
  statusDialect: Dialect
  sandboxChannel: string
}

const SLOWEST_POLL = 8000

/** Tells clients of their tasks: rows become the object of the request's format. */
export function createPresenter({
  tasks,
  results,
  links,
  durations,
  now,
  statusDialect,
  sandboxChannel
}: Dependencies) {
  const texts = new WeakMap<Task, { words: Words; origin: string; envelope: boolean; text: string }>()

  /** What the row alone does not tell, but for the words and the place in the queue. */
  const viewOf = (task: Task, origin: string) => ({
    url: task.status === 'completed' ? (results.publicUrl(task) ?? links.make(task.id, origin)) : null,
    sandbox: task.channelId === sandboxChannel,
    now: now(),
    usual: durations.typical(task.model) ?? UNKNOWN_TIME
  })

  const show = async (request: FastifyRequest, task: Task): Promise<Video> =>
    present(task, {
      ...viewOf(task, originOf(request)),
      words: wordsFor(request, request.key.dialect, statusDialect),
      waiting: await tasks.waiting(task)
    })

  function pollAfter({ model, startedAt }: Task): number {
    const left = (durations.typical(model) ?? UNKNOWN_TIME) - (startedAt === null ? 0 : now() - startedAt)
    return Math.round(Math.min(Math.max(left / 4, 1000), SLOWEST_POLL))
  }

  /** Tells the client of a task that goes on when to ask again. */
  function tellWait(reply: FastifyReply, task: Task) {
    if (task.finishedAt !== null) return
    const wait = pollAfter(task)
    reply.header('openai-poll-after-ms', String(wait)).header('retry-after', String(Math.ceil(wait / 1000)))
  }

  return {
    show,

    async answer(request: FastifyRequest, reply: FastifyReply, task: Task) {
      tellWait(reply, task)
      const video = await show(request, task)
      const { method, routeOptions, key } = request
      return wantsEnvelope(key.dialect, method, routeOptions.url ?? '') ? inEnvelope(task, video) : video
    },

    /**
     * The same at once and as text, for a task that does not wait in the queue. What says the same at any moment is written once, and kept
     * as long as its row is. `route`: Fastify's pattern of the path.
     */
    answerText(request: FastifyRequest, reply: FastifyReply, task: Task, route: string): string {
      tellWait(reply, task)
      reply.header('content-type', 'application/json; charset=utf-8')
      const words = wordsFor(request, request.key.dialect, statusDialect, route)
      const origin = originOf(request)
      const known = texts.get(task)
      const envelope = wantsEnvelope(request.key.dialect, request.method, route)
      if (known?.words === words && known.origin === origin && known.envelope === envelope) return known.text
      const video = present(task, { ...viewOf(task, origin), words })
      const text = JSON.stringify(envelope ? inEnvelope(task, video) : video)
      if (!tellsTime(task)) texts.set(task, { words, origin, envelope, text })
      return text
    }
  }
}

export type Presenter = ReturnType<typeof createPresenter>

const originOf = ({ protocol, host }: FastifyRequest) => `${protocol}://${host}`

// without progress from the vendor the time that passed is shown
const tellsTime = ({ status, progress }: Task) => status === 'in_progress' && progress === 0
