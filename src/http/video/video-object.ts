import type { Task } from '../../db/index.ts'
import { extensionOf } from '../../lib/extension.ts'
import { expectedProgress } from '../../domain/policy.ts'
import { statusWord, type Words } from './words.ts'

/** What the video object contains besides the row. */
export interface View {
  words: Words
  /** needs no Authorization header; null until there is one */
  url: string | null
  /** in the queue: the position, and the estimated wait in seconds */
  waiting?: { position: number; seconds: number | null } | null
  sandbox: boolean
  /** milliseconds; for progress that the vendor does not report */
  now: number
  /** the model's typical duration in milliseconds */
  typicalMs: number
}

export type Video = ReturnType<typeof present>

/** Returns the video object: every key is present; what is unknown is null, or an empty text where OpenAI's clients need one. */
export function present(task: Task, view: View) {
  const file = task.result?.videos[0]
  const { seconds, size } = shapeOf(task)
  const [width, height] = (task.size ?? '').split(/[x*×]/i).map(Number)
  const links = task.status === 'completed' && (task.result?.videos.length ?? 0) > 1
  return {
    id: task.id,
    task_id: task.id,
    object: 'video' as const,
    model: task.model,
    status: statusWord(task.status, view.words),
    progress: progressOf(task, view),
    created_at: toSeconds(task.createdAt),
    completed_at: task.status === 'completed' ? toSeconds(task.finishedAt!) : null,
    expires_at: task.expiresAt === null ? null : toSeconds(task.expiresAt),
    prompt: task.prompt,
    // a video of 5 s at 24 frames a second often has 121 frames, which are 5.042 s
    seconds: seconds === null ? '' : String(Math.round(seconds * 10) / 10),
    size,
    remixed_from_video_id: task.remixedFrom,
    format: extensionOf(file?.contentType ?? 'video/mp4'),
    url: view.url,
    metadata: {
      duration: file?.seconds ?? (task.status === 'completed' ? seconds : null),
      fps: file?.fps ?? null,
      width: file?.width ?? (file ? null : width || null),
      height: file?.height ?? (file ? null : height || null),
      seed: task.result?.seed ?? (honoured(task, 'seed') ? task.seed : null),
      ...(task.warnings.length > 0 && { warnings: task.warnings }),
      ...(view.waiting && { queue_position: view.waiting.position, estimated_wait_seconds: view.waiting.seconds }),
      ...(links && { videos: task.result!.videos.map((_, number) => ({ url: numbered(view.url, number) })) }),
      ...(view.sandbox && { sandbox: true })
    },
    error:
      task.status === 'failed'
        ? { code: task.errorCode ?? 'generation_failed', message: task.errorMessage ?? 'The generation failed.' }
        : null
  }
}

/** Returns what the file says, else what was asked for or is expected, else what the vendor says of the length. */
function shapeOf({ result, milliseconds, expectedSize, size }: Task): { seconds: number | null; size: string } {
  const [file] = result?.videos ?? []
  const asked = milliseconds === null ? undefined : milliseconds / 1000
  const [first, second] = file?.contentType === undefined ? [asked, file?.seconds] : [file.seconds, asked]
  const made = file?.width && file.height ? `${file.width}x${file.height}` : undefined
  return { seconds: first ?? second ?? null, size: made ?? expectedSize ?? size ?? '' }
}

const numbered = (url: string | null, number: number) =>
  url === null || number === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}number=${number}`

// a warning has the client's own name of the field: `seed`, `metadata.seed` or `random_seed`
const honoured = (task: Task, field: string) => !task.warnings.some(warning => warning.field.endsWith(field))

const toSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000)

/** Returns the vendor's progress, else the elapsed share of the model's typical duration, never 100 before the end. */
function progressOf(task: Task, { now, typicalMs }: View): number {
  if (task.status !== 'in_progress' || task.progress > 0 || task.startedAt === null) return task.progress
  return expectedProgress(now - task.startedAt, typicalMs)
}
