import { extensionOf } from '../../lib/extension.ts'
import type { FrontVideo } from '../front.ts'
import { INLINE_LIMIT_MB } from '../shared/inline.ts'
import { unix } from '../shared/state.ts'
import { statusWord, type Words } from './words.ts'

export type Video = ReturnType<typeof writeVideo>

/** Returns the video object: every key is present; what is unknown is null, or an empty text where OpenAI's clients need one. */
export function writeVideo(video: FrontVideo, words: Words) {
  const { status, seconds, size, warnings, waiting, url } = video
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
      ...(links && { videos: video.files.map((one, number) => ({ url: number === 0 ? url : one.url })) }),
      ...(video.sandbox && { sandbox: true })
    },
    error: video.error
  }
}

/** Adds the file where the create asked for it: `b64_json`, or null with a warning that says why it is not there. */
export function withFile<Shown extends Video>(shown: Shown, video: FrontVideo): Shown & { b64_json?: string | null } {
  if (!video.asksForFile || video.status !== 'completed') return shown
  const { base64 = null, isTooLarge = false } = video.files[0] ?? {}
  const reasons = [
    base64 === null && !isTooLarge && 'the video could not be read right now; ask again, or fetch it from url',
    isTooLarge && `the video has more than ${INLINE_LIMIT_MB} MB; fetch it from url`,
    video.files.length > 1 && 'b64_json has the first video; fetch the others from metadata.videos'
  ].filter(reason => reason !== false)
  const warnings = reasons.map(reason => ({ field: 'response_format', reason }))
  return {
    ...shown,
    ...(warnings.length && {
      metadata: { ...shown.metadata, warnings: [...(shown.metadata.warnings ?? []), ...warnings] }
    }),
    b64_json: base64
  }
}
