import { billed } from '../shared/billing.ts'
import { bytesOf, isDataUrl } from '../shared/images.ts'
import { passThrough } from '../shared/pass-through.ts'
import { notItsMaker, onlyMade } from '../shared/rework.ts'
import { refuse } from '../shared/check.ts'
import { filePart, formParts, keptBack, ownFields } from './body.ts'
import type { Draft, HttpBody, Refusal, SourceVideo, Submission, VideoRequest, Warning } from '../vendor.ts'

/* OpenAI's remix, edits and extensions. Source: OpenAI OpenAPI document 2.3.0 (CreateVideoRemix, -Edit and -ExtendRequest). */

interface Rework extends Omit<Draft, 'first'> {
  /** below the collection of videos */
  request(): { path: string; body: HttpBody }
}

const paths = { edit: '/edits', extend: '/extensions' } as const

/** Describes what makes a video of another one. The vendor takes the model from the video, so no other can be asked for. */
export function reworkOf(
  video: VideoRequest,
  source: SourceVideo,
  { seconds, warnings }: { seconds?: number; warnings: readonly Warning[] }
): Refusal | Rework {
  const { rework, made, url } = source
  if (made && made.model !== video.model) return refuse('model', notItsMaker(video.model))
  const file = url !== undefined && isDataUrl(url) ? url : undefined
  if (!made && (rework === 'remix' || file === undefined)) return onlyMade(source)
  const settings = passThrough(video.metadata, [...ownFields, 'video'])
  const fields = { ...settings, prompt: video.prompt, ...(seconds !== undefined && { seconds: String(seconds) }) }
  return {
    kind: 'draft',
    warnings: [...warnings, ...keptBack(video)],
    ...billed(video, { seconds: seconds ?? source.seconds, video: true }, settings),
    request() {
      if (rework === 'remix') return { path: `/${encodeURIComponent(made?.id ?? '')}/remix`, body: { json: fields } }
      const body = made
        ? { json: { ...fields, video: { id: made.id } } }
        : { multipart: [...formParts(fields), filePart('video', bytesOf(file!))] }
      return { path: paths[rework], body }
    }
  }
}

/** Returns the draft of a rework; `collection`: the path of the videos. */
export function sentTo(collection: string, rework: Refusal | Rework): Submission {
  if (rework.kind === 'refuse') return rework
  const { request, ...draft } = rework
  return {
    ...draft,
    first() {
      const { path, body } = request()
      return { kind: 'send', request: { method: 'POST', path: collection + path, body } }
    }
  }
}
