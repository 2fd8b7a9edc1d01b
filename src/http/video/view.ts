import type { Task } from '../../db/index.ts'
import { expectedProgress } from '../../domain/policy.ts'
import type { FrontFile, FrontVideo } from '../../fronts/front.ts'
import type { ProducedFile } from '../../vendors/vendor.ts'

/** What a view needs besides the row. */
export interface Viewing {
  /** in percent, of `progressOf` */
  progress: number
  /** returns a signed link to video `number` */
  link(number: number): string
  /** returns the link to the first video; absent: the signed one */
  url?(): string
  /** the channel of the built-in vendor */
  sandboxChannel?: string
}

/** Returns a task as fronts see it. */
export function viewOf(task: Task, viewing: Viewing): FrontVideo {
  const videos = task.result?.videos ?? []
  const [file] = videos
  const { seconds, size } = shapeOf(task)
  const [width, height] = (task.size ?? '').split(/[x*×]/i).map(Number)
  return {
    id: task.id,
    model: task.model,
    status: task.status,
    progress: viewing.progress,
    prompt: task.prompt,
    createdAt: task.createdAt,
    startedAt: task.startedAt,
    finishedAt: task.finishedAt,
    expiresAt: task.expiresAt,
    seconds,
    size,
    width: file?.width ?? (file ? null : width || null),
    height: file?.height ?? (file ? null : height || null),
    seed: task.result?.seed ?? (honoured(task, 'seed') ? task.seed : null),
    n: task.n,
    remixedFrom: task.remixedFrom,
    files: videos.map((video, number) => fileOf(video, () => viewing.link(number))),
    // no getter: it would make all that is written of a video slower
    url: task.status === 'completed' ? (viewing.url?.() ?? viewing.link(0)) : null,
    waiting: null,
    asksForFile: task.responseFormat === 'b64_json',
    sandbox: task.channelId !== null && task.channelId === viewing.sandboxChannel,
    warnings: task.warnings,
    error:
      task.status === 'failed'
        ? { code: task.errorCode ?? 'generation_failed', message: task.errorMessage ?? 'The generation failed.' }
        : null,
    cost: task.currency === null ? null : { amount: task.charged, currency: task.currency }
  }
}

// a link costs a signature, and few who look at a video need it
const fileOf = ({ contentType, seconds, width, height, fps }: ProducedFile, link: () => string): FrontFile => ({
  get url() {
    return link()
  },
  type: contentType ?? 'video/mp4',
  seconds: seconds ?? null,
  width: width ?? null,
  height: height ?? null,
  fps: fps ?? null,
  base64: null,
  isTooLarge: false
})

/** Returns what the file says, else what was asked for or is expected, else what the vendor says of the length. */
function shapeOf({ result, milliseconds, expectedSize, size }: Task): { seconds: number | null; size: string } {
  const [file] = result?.videos ?? []
  const asked = milliseconds === null ? undefined : milliseconds / 1000
  const [first, second] = file?.contentType === undefined ? [asked, file?.seconds] : [file.seconds, asked]
  const made = file?.width && file.height ? `${file.width}x${file.height}` : undefined
  return { seconds: first ?? second ?? null, size: made ?? expectedSize ?? size ?? '' }
}

// a warning has the client's own name of the field: `seed`, `metadata.seed` or `random_seed`
const honoured = (task: Task, field: string) => !task.warnings.some(warning => warning.field.endsWith(field))

/**
 * Returns the vendor's progress in percent, else the elapsed share of the model's typical duration, never 100 before the end. `now` and
 * `typicalMs` in milliseconds.
 */
export function progressOf(
  { status, progress, startedAt }: Pick<Task, 'status' | 'progress' | 'startedAt'>,
  { now, typicalMs }: { now: number; typicalMs: number }
): number {
  if (status !== 'in_progress' || progress > 0 || startedAt === null) return progress
  return expectedProgress(now - startedAt, typicalMs)
}
