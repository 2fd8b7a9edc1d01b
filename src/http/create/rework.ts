import type { AskedSource } from '../../domain/request.ts'
import { ApiError } from '../../errors.ts'
import { defined } from '../../lib/defined.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB } from '../../lib/image-type.ts'
import { isRecord } from '../../lib/records.ts'
import { BEGINNING, videoTypeOf } from '../../lib/video-type.ts'
import type { Rework } from '../../vendors/vendor.ts'
import { refuse } from '../parse.ts'
import { isAbsent } from './absent.ts'
import { isUpload } from './image-items.ts'
import { fromJsonText } from './json-text.ts'
import { objectOf, readCreate, type ReadRequest } from './read.ts'
import { readUrl } from './source.ts'

/* A request that makes one video of another: the fields of a create, and `video`. */

/** The source, and the client's name of where it was named. */
interface Named {
  source: Omit<AskedSource, 'rework'>
  name: string
}

/** The video by its id, when it is not in the body; what is made of it where the model cannot do the first. */
interface Outside {
  id?: string
  or?: Rework
}

/** Reads the body of an edit, an extension or a remix. Throws invalid_request naming the field. */
export function readRework(rework: Rework, body: unknown, { id, or }: Outside = {}): ReadRequest {
  const { video, ...fields } = id === undefined ? objectOf(body) : { ...objectOf(body), video: undefined }
  const { source, name } = id === undefined ? readVideo(video) : { source: { id }, name: 'id' }
  const { request, warnings } = readCreate(fields)
  const names = { ...request.names, video: name }
  return { request: { ...request, source: { rework, ...defined({ or }), ...source }, names }, warnings }
}

function readVideo(given: unknown): Named {
  const video = fromJsonText(given)
  if (isAbsent(video)) throw refuse('video', 'is required: a file, or an object with the id of a video')
  if (isUpload(video)) return { source: { url: readFile(video.file, 'video') }, name: 'video' }
  if (typeof video === 'string') return { source: { url: readAddress(video, 'video') }, name: 'video' }
  const { id, url, file_id: fileId } = isRecord(video) ? video : {}
  if (typeof id === 'string' && !isAbsent(id)) return { source: { id: id.trim() }, name: 'video.id' }
  if (typeof url === 'string' && !isAbsent(url))
    return { source: { url: readAddress(url, 'video.url') }, name: 'video.url' }
  if (!isAbsent(fileId))
    throw new ApiError('unsupported', {
      param: 'video.file_id',
      message: 'video.file_id: files are not stored here; send the file itself, its URL, or the id of a video.'
    })
  throw refuse('video', 'must be a file, or an object with the id or the url of a video')
}

function readAddress(text: string, name: string): string {
  const given = text.trim()
  if (/^https?:\/\//i.test(given.slice(0, 8))) return readUrl(given, name)
  if (/^data:/i.test(given.slice(0, 5))) return readFile(given, name)
  throw refuse(name, 'must be an http(s) URL, or a data URL of a video')
}

/** Returns a data URL with the media type that its bytes have. Throws invalid_request, request_too_large. */
export function readFile(dataUrl: string, name: string): string {
  const base64 = dataUrl.slice(dataUrl.indexOf(',') + 1)
  if (Buffer.byteLength(base64, 'base64') > IMAGE_LIMIT)
    throw new ApiError('request_too_large', { param: name, message: `${name}: must be at most ${IMAGE_LIMIT_MB} MB.` })
  const type = videoTypeOf(Buffer.from(base64.slice(0, Math.ceil(BEGINNING / 3) * 4), 'base64'))
  if (type === null) throw refuse(name, 'must be a video: MP4, QuickTime, WebM, Matroska, MPEG or AVI')
  return `data:${type};base64,${base64}`
}
