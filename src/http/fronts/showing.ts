import type { FastifyReply } from 'fastify'
import type { Task } from '../../db/index.ts'
import type { FrontVideo, Shows, WireRequest } from '../../fronts/front.ts'
import { intact } from '../../lib/damaged.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { hasInlineVideo, type InlineReader } from '../video/inline-video.ts'
import type { Presenter } from '../video/presenter.ts'
import { whenGone } from '../video/watch.ts'

export interface ShowingServices {
  tasks: Pick<Tasks, 'waiting'>
  presenter: Pick<Presenter, 'view'>
  readInline: InlineReader
}

// disconnects a client that stops reading films in base64
const IDLE_MS = 60_000

/** Turns task rows into the videos that fronts write from. */
export function createShowing({ tasks, presenter, readInline }: ShowingServices) {
  /** Returns a video as far as its row says. */
  const view = (task: Task, { origin }: WireRequest): FrontVideo => presenter.view(intact(task), origin)

  /** Returns a video with what its route shows besides. */
  async function whole(row: Task, { origin }: WireRequest, shows: Shows, reply: FastifyReply): Promise<FrontVideo> {
    const task = intact(row)
    const video = presenter.view(task, origin)
    const waiting = shows.waiting ? await tasks.waiting(task) : null
    return { ...video, waiting, files: await filesOf(task, video, shows, reply) }
  }

  async function filesOf(task: Task, { files }: FrontVideo, { inline }: Shows, reply: FastifyReply) {
    if (task.status !== 'completed' || !inline || (inline === 'asked' && !hasInlineVideo(task))) return files
    reply.raw.setTimeout(IDLE_MS)
    const gone = whenGone(reply)
    const read = []
    for (const [number, file] of files.entries()) {
      if (inline === 'asked' && number > 0) read.push(file)
      else {
        const found = await readInline(task, number, gone)
        const base64 = Buffer.isBuffer(found) ? found.toString('base64') : null
        read.push({ ...file, base64, isTooLarge: found === 'too large' })
      }
    }
    return read
  }

  return {
    view,
    whole,

    /** Whether a route shows more of a task than its row says. */
    needsMore: (task: Task, { waiting, inline }: Shows): boolean =>
      (waiting === true && task.queueTag !== null) || inline === true || (inline === 'asked' && hasInlineVideo(task))
  }
}

export type Showing = ReturnType<typeof createShowing>
