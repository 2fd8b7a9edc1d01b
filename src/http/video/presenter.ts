import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dialect, Task } from '../../db/index.ts'
import { intact } from '../../lib/damaged.ts'
import { UNKNOWN_TIME } from '../../domain/policy.ts'
import type { Results } from '../../files/results.ts'
import type { Durations } from '../../tasks/durations.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Links } from './signed-links.ts'
import { createInlineVideo, hasInlineVideo, type InlineReader } from './inline-video.ts'
import { inEnvelope, wantsEnvelope } from '../../fronts/unified/newapi.ts'
import { writeVideo, type Video } from '../../fronts/unified/video.ts'
import type { Words } from '../../fronts/unified/words.ts'
import type { FrontVideo } from '../../fronts/front.ts'
import { originOf } from '../origin.ts'
import { whenGone } from './watch.ts'
import { viewOf } from './view.ts'
import { wordsFor } from './words.ts'

interface Dependencies {
  tasks: Pick<Tasks, 'waiting'>
  results: Pick<Results, 'publicUrl'>
  links: Links
  /** of answers that contain a video */
  readInline: InlineReader
  durations: Durations
  now(): number
  statusDialect: Dialect
  sandboxChannel: string
}

const SLOWEST_POLL = 8000

/** Turns task rows into the video object of the request's format. */
export function createPresenter({
  tasks,
  results,
  links,
  readInline,
  durations,
  now,
  statusDialect,
  sandboxChannel
}: Dependencies) {
  const withInlineVideo = createInlineVideo(readInline)
  const texts = new WeakMap<Task, { words: Words; origin: string; envelope: boolean; text: string }>()

  /** Returns a task, which must be intact, as fronts see it. */
  const view = (task: Task, origin: string): FrontVideo =>
    viewOf(task, {
      now: now(),
      typicalMs: durations.typical(task.model) ?? UNKNOWN_TIME,
      link: number => numbered(links.make(task.id, origin), number)
    })

  /** What the documented formats show besides, except the words and the queue position. */
  const shownOf = (task: Task, origin: string) => ({
    url: task.status === 'completed' ? (results.publicUrl(task) ?? links.make(task.id, origin)) : null,
    sandbox: task.channelId === sandboxChannel
  })

  async function show(
    request: FastifyRequest,
    row: Task,
    words = wordsFor(request, request.key.dialect, statusDialect)
  ): Promise<Video> {
    const task = intact(row)
    const origin = originOf(request)
    return writeVideo(view(task, origin), { ...shownOf(task, origin), words, waiting: await tasks.waiting(task) })
  }

  function pollAfter({ model, startedAt }: Task): number {
    const left = (durations.typical(model) ?? UNKNOWN_TIME) - (startedAt === null ? 0 : now() - startedAt)
    return Math.round(Math.min(Math.max(left / 4, 1000), SLOWEST_POLL))
  }

  /** Adds headers with the time until the next poll, unless the task has ended. */
  function advisePoll(reply: FastifyReply, task: Task) {
    if (task.finishedAt !== null) return
    const wait = pollAfter(task)
    reply.header('openai-poll-after-ms', String(wait)).header('retry-after', String(Math.ceil(wait / 1000)))
  }

  return {
    view,
    advisePoll,

    /** Returns the video object, in the words of the request's format unless others are given. */
    show,

    async answer(request: FastifyRequest, reply: FastifyReply, row: Task) {
      const task = intact(row)
      advisePoll(reply, task)
      const shown = await show(request, task)
      const video = hasInlineVideo(task) ? await withInlineVideo(task, shown, whenGone(reply)) : shown
      const { method, routeOptions, key } = request
      return wantsEnvelope(key.dialect, method, routeOptions.url ?? '') ? inEnvelope(task, video) : video
    },

    /**
     * The same synchronously and as text, for a task that is neither in the queue nor to contain its video. A text that does not depend on the time is cached as long as
     * its row is. `route`: Fastify's pattern of the path.
     */
    answerText(request: FastifyRequest, reply: FastifyReply, task: Task, route: string): string {
      advisePoll(reply, task)
      reply.header('content-type', 'application/json; charset=utf-8')
      const words = wordsFor(request, request.key.dialect, statusDialect, route)
      const origin = originOf(request)
      const cached = texts.get(task)
      const envelope = wantsEnvelope(request.key.dialect, request.method, route)
      if (cached?.words === words && cached.origin === origin && cached.envelope === envelope) return cached.text
      const whole = intact(task)
      const video = writeVideo(view(whole, origin), { ...shownOf(whole, origin), words })
      const text = JSON.stringify(envelope ? inEnvelope(whole, video) : video)
      if (!dependsOnTime(task)) texts.set(task, { words, origin, envelope, text })
      return text
    }
  }
}

export type Presenter = ReturnType<typeof createPresenter>

/** Returns the link to a video of a task for several. */
export const numbered = (url: string, number: number) => (number === 0 ? url : `${url}&number=${number}`)

// without progress from the vendor, progress follows from the time
export const dependsOnTime = ({ status, progress }: Task) => status === 'in_progress' && progress === 0
