import { z } from 'zod'
import { excerpt, kindOfStatus } from '../shared/http-failure.ts'
import { bytesOf, fileName, isUrl, urlOrDataUrl } from '../shared/images.ts'
import type { Bytes, HttpAnswer, HttpRequest, Rejected, Step, VideoRequest } from '../vendor.ts'

/* Images for Runway. Sources: docs.dev.runwayml.com/assets/inputs and /assets/uploads, @runwayml/sdk 4.20.1 (uploads). */

/** Returns an https URL, a `runway://` URI or a data URI. */
export function uriOf(source: string): string {
  return isRunwayUri(source) ? source : urlOrDataUrl(source)
}

/** Returns the step that sends a request. Images at plain http are downloaded first, those too large for a data URI are uploaded. */
export function withImages(video: VideoRequest, then: (ready: VideoRequest) => HttpRequest): Step {
  const plain = video.images.map(({ source }) => source).filter(source => source.startsWith('http://'))
  if (!plain.length) return withUploads(video, then)
  return {
    kind: 'fetch',
    urls: plain,
    next: files =>
      withUploads(
        replaced(video, source => inline(files[source]) ?? source),
        then
      )
  }
}

// a data URI may have 5 MB, with its prefix
const LARGEST_DATA_URI = 5_000_000 - 100

function withUploads(video: VideoRequest, then: (ready: VideoRequest) => HttpRequest): Step {
  const large = video.images.map(({ source }) => source).find(isTooLarge)
  if (large === undefined) return { kind: 'send', request: then(video) }
  const file = bytesOf(large)
  const filename = fileName('image', file)
  return {
    kind: 'upload',
    request: { method: 'POST', path: '/v1/uploads', body: { json: { filename, type: 'ephemeral' } } },
    next(answer): Step | Rejected {
      const { data } = slot.safeParse(answer.body)
      if (answer.status >= 300 || !data) return noUpload(answer)
      return {
        kind: 'upload',
        request: storageRequest(data, file, filename),
        next: stored =>
          stored.status < 300
            ? withUploads(
                replaced(video, source => (source === large ? data.runwayUri : source)),
                then
              )
            : noUpload(stored)
      }
    }
  }
}

const slot = z.object({
  uploadUrl: z.string(),
  fields: z.record(z.string(), z.string()),
  runwayUri: z.string().startsWith('runway://')
})

// a form for another host's storage: its fields first, the file last; it gets no credential of ours
function storageRequest({ uploadUrl, fields }: z.infer<typeof slot>, file: Bytes, filename: string): HttpRequest {
  const own = Object.entries(fields).map(([name, value]) => ({ name, value }))
  return { method: 'POST', path: uploadUrl, body: { multipart: [...own, { name: 'file', file, filename }] } }
}

/** A failed upload: no task was requested yet. */
function noUpload(answer: HttpAnswer): Rejected {
  return {
    status: 'rejected',
    failure: { kind: kindOfStatus(answer.status), message: `The image upload failed: ${excerpt(answer)}` }
  }
}

function replaced(video: VideoRequest, by: (source: string) => string): VideoRequest {
  return { ...video, images: video.images.map(image => ({ ...image, source: by(image.source) })) }
}

function inline(file: Bytes | undefined): string | undefined {
  return file && `data:${file.mimeType};base64,${file.base64}`
}

/** Whether a source can go neither as it is nor as a data URI. */
export function isTooLarge(source: string): boolean {
  return !isUrl(source) && !isRunwayUri(source) && source.length > LARGEST_DATA_URI
}

function isRunwayUri(source: string): boolean {
  return source.startsWith('runway://')
}
