import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import { intact } from '../../lib/damaged.ts'
import { UNKNOWN_TIME } from '../../domain/policy.ts'
import type { Results } from '../../files/results.ts'
import type { Durations } from '../../tasks/durations.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Links } from './signed-links.ts'
import { writeVideo, type Video } from '../../fronts/documented/video.ts'
import type { FrontVideo } from '../../fronts/front.ts'
import { originOf } from '../origin.ts'
import { progressOf, viewOf } from './view.ts'

interface Dependencies {
  tasks: Pick<Tasks, 'waiting'>
  results: Pick<Results, 'publicUrl'>
  links: Links
  durations: Durations
  now(): number
  sandboxChannel: string
}

const SLOWEST_POLL = 8000

/** Turns task rows into what fronts write from, and into our own video object. */
export function createPresenter({ tasks, results, links, durations, now, sandboxChannel }: Dependencies) {
  const typical = ({ model }: Task) => durations.typical(model) ?? UNKNOWN_TIME
  const progress = (task: Task): number => progressOf(task, { now: now(), typicalMs: typical(task) })

  /** Returns a task, which must be intact, as fronts see it. */
  const view = (task: Task, origin: string): FrontVideo =>
    viewOf(task, {
      progress: progress(task),
      link: number => numbered(links.make(task.id, origin), number),
      url: () => results.publicUrl(task) ?? links.make(task.id, origin),
      sandboxChannel
    })

  function pollAfter(task: Task): number {
    const left = typical(task) - (task.startedAt === null ? 0 : now() - task.startedAt)
    return Math.round(Math.min(Math.max(left / 4, 1000), SLOWEST_POLL))
  }

  return {
    view,

    /** Returns the progress of a task in percent, as its view shows it. */
    progress,

    /** Returns the video object in OpenAI's words, which are our own: for operators and for MCP. */
    async show(request: FastifyRequest, row: Task): Promise<Video> {
      const task = intact(row)
      return writeVideo({ ...view(task, originOf(request)), waiting: await tasks.waiting(task) }, 'openai')
    },

    /** Adds headers with the time until the next poll, unless the task has ended. */
    advisePoll(reply: FastifyReply, task: Task) {
      if (task.finishedAt !== null) return
      const wait = pollAfter(task)
      reply.header('openai-poll-after-ms', String(wait)).header('retry-after', String(Math.ceil(wait / 1000)))
    }
  }
}

export type Presenter = ReturnType<typeof createPresenter>

/** Returns the link to a video of a task for several. */
export const numbered = (url: string, number: number) => (number === 0 ? url : `${url}&number=${number}`)
