import type { Key, Task } from '../db/index.ts'
import { isFannedOut } from '../domain/lifecycle.ts'
import { nameOf, type AskedSource, type UnifiedRequest } from '../domain/request.ts'
import { ApiError } from '../errors.ts'
import { defined } from '../lib/defined.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { MadeVideo, ProducedFile, SourceVideo } from '../vendors/vendor.ts'
import { owned } from './owned.ts'

interface Dependencies {
  store: Pick<TaskStore, 'get' | 'attempt' | 'childrenOf'>
  /** a link to the file of a task that vendors can open; null: they cannot reach this server */
  fileLink(taskId: string): string | null
  /** what an uploaded file, a data URL, says of its size: `1280x720` */
  sizeOfUpload(dataUrl: string): Promise<string | undefined>
  now(): number
}

type Asking = Pick<UnifiedRequest, 'names'> & { source?: AskedSource | undefined }

/** Finds the videos that others are made from. */
export function createSources({ store, fileLink, sizeOfUpload, now }: Dependencies) {
  /** Returns the task that a request names as its source; null: it brings a file. Throws video_not_found and video_not_ready. */
  async function taskOf(key: Key, request: Asking): Promise<Task | null> {
    const id = request.source?.id
    if (id === undefined) return null
    const param = nameOf(request, 'video')
    const task = owned(key, await store.get(id), param)
    if (task.status === 'completed' && task.result) return task
    const message =
      task.finishedAt === null
        ? `${param}: this video is not finished yet. Wait until it is completed.`
        : `${param}: this video has failed, so nothing can be made from it.`
    throw new ApiError('video_not_ready', { param, message, shouldRetry: false })
  }

  /** Returns the vendor's side of a video; undefined when its submit is no longer known. */
  async function madeBy(task: Task, { at }: ProducedFile): Promise<MadeVideo | undefined> {
    const [child] = isFannedOut(task) ? await store.childrenOf(task.id) : [task]
    const attempt = child?.attemptId ? await store.attempt(child.attemptId) : undefined
    if (!attempt?.upstreamId) return undefined
    const { channelId, upstreamModel: model, upstreamId: id } = attempt
    const file = 'url' in at ? { url: at.url } : 'fetch' in at ? { path: at.fetch.path } : {}
    return { channelId, model, id, ...file }
  }

  /** The vendor's own link, while it works without a credential. */
  function openLink({ at, expiresAt = Infinity }: ProducedFile): string | undefined {
    return 'url' in at && !at.auth && /^https:/i.test(at.url) && expiresAt * 1000 > now() ? at.url : undefined
  }

  return {
    taskOf,

    /** Returns the source of a request as vendors are told of it; undefined: it has none. Throws like `taskOf`. */
    async of(key: Key, request: Asking): Promise<SourceVideo | undefined> {
      const { source } = request
      if (!source) return undefined
      const { rework, url } = source
      const task = await taskOf(key, request)
      // of its length only the vendor's word counts: it is paid for
      const upload = url !== undefined && /^data:/i.test(url.slice(0, 5)) ? url : null
      if (!task?.result)
        return { rework, ...defined({ url, size: upload === null ? undefined : await sizeOfUpload(upload) }) }
      const [file] = task.result.videos
      const { width, height } = file
      const length = task.milliseconds === null ? undefined : task.milliseconds / 1000
      return {
        rework,
        ...defined({
          made: await madeBy(task, file),
          url: fileLink(task.id) ?? openLink(file),
          seconds: file.seconds ?? length,
          size: width && height ? `${width}x${height}` : (task.expectedSize ?? task.size ?? undefined)
        })
      }
    }
  }
}

export type Sources = ReturnType<typeof createSources>
