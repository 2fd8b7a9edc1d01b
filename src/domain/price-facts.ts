import { nearestResolution } from '../vendors/shared/resolution.ts'
import { tierOf } from '../vendors/shared/size.ts'
import type { Fact, Facts, ModelSpec, Submission, VideoRequest } from '../vendors/vendor.ts'

/* What a request says that may decide its price, read from what would be sent: metadata and defaults are already in it. Pure. */

/** Facts under one set of names (seconds, resolution, audio, mode, image, references, video, voice), beside the vendor's own settings. */
export function factsOf(
  video: VideoRequest,
  spec: ModelSpec | undefined,
  submission: Submission,
  assumed: Facts
): { facts: Facts; milliseconds: number | null } {
  const body = bodyOf(submission)
  const said = { ...scalars(video.metadata), ...scalars(body) }
  const seconds = secondsOf(video, spec, body)
  const source = { ...video.metadata, ...body }
  const audio = audioOf(said, spec)
  const resolution = resolutionOf(video, spec, said)
  const facts = {
    ...assumed,
    ...said,
    image: video.images.length > 0,
    references: video.images.some(({ role }) => role === 'reference'),
    ...(hasVideo(source) && { video: true }),
    ...(isFilled(source.voice_list) && { voice: true }),
    ...(resolution !== undefined && { resolution }),
    ...(audio !== undefined && { audio }),
    ...(seconds !== null && { seconds })
  }
  return { facts, milliseconds: seconds === null ? null : Math.round(seconds * 1000) }
}

// kling.md §3.1: std is about 720p, pro about 1080p
const modes: Record<string, string> = { std: '720p', pro: '1080p', '4k': '4k' }
const audioNames = [
  'audio',
  'sound',
  'generate_audio',
  'generateAudio',
  'enable_audio',
  'generate_sound',
  'generate_audio_switch'
]
const lengthNames = ['duration', 'seconds', 'durationSeconds', 'n_seconds', 'duration_seconds']
const silent = new Set(['off', 'false', 'no', '0', 'none', 'original', ''])

// `fetch` and `upload` have no body yet: then the client's own words must do
function bodyOf(submission: Submission): Record<string, unknown> {
  const { body } = submission.kind === 'send' ? submission.request : {}
  return body && 'json' in body && isObject(body.json) ? body.json : {}
}

/** The settings of an object and of the objects right inside it; long texts (prompts, images) decide no price. */
function scalars(object: Record<string, unknown>): Record<string, Fact> {
  const inner = Object.values(object).filter(isObject)
  return Object.fromEntries([...inner, object].flatMap(one => Object.entries(one).filter(isShort)))
}

const isShort = (entry: [string, unknown]): entry is [string, Fact] => {
  const [, value] = entry
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 64)
}

/** What was asked, or what the vendor is told, whichever is more; else what the model makes by itself, at most. */
function secondsOf(video: VideoRequest, spec: ModelSpec | undefined, body: Record<string, unknown>): number | null {
  const sent = scalars(body)
  const told = lengthNames.map(name => Number.parseFloat(String(sent[name]))).filter(seconds => seconds > 0)
  const frames = Number(sent.frames ?? sent.num_frames)
  // 24 n + 1 frames are n seconds
  if (frames > 1) told.push((frames - 1) / (Number(sent.fps) || 24))
  const most = Math.max(video.seconds ?? 0, ...told)
  return most > 0 ? most : (spec?.defaultSeconds ?? longest(spec))
}

function longest(spec: ModelSpec | undefined): number | null {
  if (!spec?.seconds) return null
  return 'max' in spec.seconds ? spec.seconds.max : Math.max(...spec.seconds)
}

function resolutionOf(
  { width, height }: VideoRequest,
  spec: ModelSpec | undefined,
  said: Record<string, Fact>
): Fact | undefined {
  const { resolution, quality, mode } = said
  const words = resolution ?? quality ?? modes[String(mode).toLowerCase()]
  if (words !== undefined) return words
  const [only, ...others] = spec?.resolutions ?? []
  if (only !== undefined && others.length === 0) return only
  if (!width || !height) return undefined
  return spec?.resolutions ? nearestResolution(width, height, spec.resolutions) : tierOf(width, height)
}

function audioOf(said: Record<string, Fact>, spec: ModelSpec | undefined): boolean | undefined {
  const name = audioNames.find(one => said[one] !== undefined)
  if (name !== undefined) return !silent.has(String(said[name]).toLowerCase())
  return spec?.audio === false ? false : undefined
}

// a video to start from costs more where vendors make a difference (kling.md §7)
function hasVideo({ video_list, video_url, reference_video, contents, content }: Record<string, unknown>): boolean {
  if (isFilled(video_list) || typeof video_url === 'string' || reference_video !== undefined) return true
  return [contents, content].some(
    items => Array.isArray(items) && items.some(item => isObject(item) && /video/.test(String(item.type)))
  )
}

const isFilled = (value: unknown) => Array.isArray(value) && value.length > 0

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
