import { extensionOf } from '../../lib/extension.ts'
import type { FrontVideo } from '../front.ts'
import { unix } from '../shared/state.ts'
import { statusWord, type Words } from './words.ts'

/** What the video object contains besides the video itself. */
export interface Shown {
  words: Words
  /** needs no Authorization header; null until there is one */
  url: string | null
  /** in the queue: the position, and the estimated wait in seconds */
  waiting?: { position: number; seconds: number | null } | null
  sandbox: boolean
}

export type Video = ReturnType<typeof writeVideo>

/** Returns the video object: every key is present; what is unknown is null, or an empty text where OpenAI's clients need one. */
export function writeVideo(video: FrontVideo, { words, url, waiting, sandbox }: Shown) {
  const { status, seconds, size, warnings } = video
  const [file] = video.files
  const links = status === 'completed' && video.files.length > 1
  return {
    id: video.id,
    task_id: video.id,
    object: 'video' as const,
    model: video.model,
    status: statusWord(status, words),
    progress: video.progress,
    created_at: unix(video.createdAt),
    completed_at: status === 'completed' ? unix(video.finishedAt!) : null,
    expires_at: video.expiresAt === null ? null : unix(video.expiresAt),
    prompt: video.prompt,
    // a video of 5 s at 24 frames a second often has 121 frames, which are 5.042 s
    seconds: seconds === null ? '' : String(Math.round(seconds * 10) / 10),
    size,
    remixed_from_video_id: video.remixedFrom,
    format: extensionOf(file?.type ?? 'video/mp4'),
    url,
    metadata: {
      duration: file?.seconds ?? (status === 'completed' ? seconds : null),
      fps: file?.fps ?? null,
      width: video.width,
      height: video.height,
      seed: video.seed,
      ...(warnings.length > 0 && { warnings: [...warnings] }),
      ...(waiting && { queue_position: waiting.position, estimated_wait_seconds: waiting.seconds }),
      ...(links && { videos: video.files.map((_, number) => ({ url: numbered(url, number) })) }),
      ...(sandbox && { sandbox: true })
    },
    error: video.error
  }
}

const numbered = (url: string | null, number: number) =>
  url === null || number === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}number=${number}`
