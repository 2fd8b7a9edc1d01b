import { audioOf, billed, isFilled, resolutionAmong, secondsIn, tierIn, usualSeconds } from './billing.ts'
import { refuse, type Honoured } from './check.ts'
import { mergeUnder, passThrough } from './pass-through.ts'
import { byRole } from './images.ts'
import { images, requires, useField } from './reasons.ts'
import { defined } from '../../lib/defined.ts'
import { recordOf } from '../../lib/records.ts'
import { resolutionOfSize } from './resolution.ts'
import { nearestRatio, ratioOf } from './size.ts'
import { generateAudio, soundOf } from './sound.ts'
import type { ChannelConfig, Priced, ImageRole, ModelSpec, Refusal, Sound, VideoRequest, Warning } from '../vendor.ts'

/* fal and Replicate host models of many makers, each with its own names for the input fields. */

/** `string` "5", `suffixed` "5s", `number` 5. */
type DurationFormat = 'string' | 'suffixed' | 'number'

/** What a model can do, and the names of its input fields; an absent name: the model has no such field. */
export interface FieldProfile extends ModelSpec {
  first?: string | undefined
  last?: string | undefined
  references?: string | undefined
  duration?: { field?: string; format: DurationFormat }
  /** the field for `ratios`; default `aspect_ratio` */
  ratioField?: string
  /** the field for `resolutions`; default `resolution` */
  resolutionField?: string
  /** pixel sizes such as `1280*720`, instead of ratio and resolution, in the field `size` */
  sizes?: readonly string[]
  seed?: true
  negative?: true
  fps?: string
  /** the field for sound; default `generate_audio` for a model that can have sound */
  sound?: string
  /** required image roles */
  needs?: readonly ImageRole[]
}

/** The optional fields that a profile has a name for. */
export function honouredBy({ seed, negative, fps, ratios, resolutions, sizes }: FieldProfile): Honoured[] {
  return [
    ...(seed ? ['seed' as const] : []),
    ...(negative ? ['negative_prompt' as const] : []),
    ...(fps ? ['fps' as const] : []),
    ...(ratios?.length || resolutions?.length || sizes?.length ? ['size' as const] : [])
  ]
}

/** Returns the profile with the names that the client's metadata sets (`image_field`, `last_image_field`, `references_field`, `duration_format`). */
export function ownProfile(profile: FieldProfile, { metadata }: VideoRequest): FieldProfile {
  const { image_field: first, last_image_field: last, references_field: references, duration_format: format } = metadata
  return {
    ...profile,
    ...(isName(first) && { first }),
    ...(isName(last) && { last }),
    ...(isName(references) && { references }),
    ...(isFormat(format) && { duration: { ...profile.duration, format } })
  }
}

/** Takes the names of image fields out of a profile. */
export const noImages = { first: undefined, last: undefined, references: undefined }

/** Whether the request's images need field names that only the model's schema can tell; its metadata may name them. */
export const needsSchema = ({ images, metadata }: VideoRequest): boolean =>
  images.length > 0 && !['image_field', 'last_image_field', 'references_field'].some(name => isName(metadata[name]))

/** Returns how a model's sound is set; `known`: its fields are known, so a missing one does not exist. */
export function soundOfProfile({ audio, sound }: FieldProfile, known: boolean): Sound {
  const field = sound ?? (audio || !known ? generateAudio.field : undefined)
  return { ...soundOf(defined({ audio }), field === undefined ? undefined : { ...generateAudio, field }), open: true }
}

/** Refuses an image that the model has no field for, and (unless `strict: false`) a request without a required image. */
export function imageRefusal(video: VideoRequest, profile: FieldProfile, { options }: ChannelConfig): Refusal | null {
  const fields = { first: profile.first, last: profile.last, reference: profile.references }
  const unsupported = video.images.find(({ role }) => !fields[role])
  if (unsupported) return refuse('image', `${video.model} has no known input field for the role ${unsupported.role}`)
  if (options.strict === false) return null
  const missing = profile.needs?.find(role => !video.images.some(image => image.role === role))
  return missing ? refuse('image', requires(video.model, images[missing])) : null
}

/** What is sent besides prompt and images, and what it means for the price. */
interface Settings extends Priced {
  settings: Record<string, unknown>
  warnings: Warning[]
}

/** Returns the settings. The client's metadata and its `input` add to them; what the request says wins. */
export function settingsOf(video: VideoRequest, profile: FieldProfile, seconds: number | undefined): Settings {
  const { duration, first, last, references, resolutionField = 'resolution' } = profile
  const { given, warnings } = givenInput(video, duration ? { ...billedFields, ...frames } : billedFields)
  const own = {
    ...(seconds !== undefined && duration && { [duration.field ?? 'duration']: written(seconds, duration.format) }),
    ...shape(video, profile),
    ...(video.seed !== undefined && profile.seed && { seed: video.seed }),
    ...(video.negativePrompt && profile.negative && { negative_prompt: video.negativePrompt }),
    ...(video.fps !== undefined && profile.fps && { [profile.fps]: video.fps }),
    // the request's own word for it
    ...(video.metadata.resolution !== undefined && { [resolutionField]: video.metadata.resolution })
  }
  const used = video.images.map(({ role }) => ({ first, last, reference: references })[role])
  const elsewhere = [...(video.prompt ? ['prompt'] : []), ...used.filter(name => name !== undefined)]
  const { fields: settings, warnings: overruled } = mergeUnder(own, given, elsewhere)
  return { settings, warnings: [...warnings, ...overruled], ...statement(video, profile, settings) }
}

/** Returns the model's whole input. `toImage` writes an image as the vendor accepts it. */
export function inputOf(
  video: VideoRequest,
  profile: FieldProfile,
  settings: Record<string, unknown>,
  toImage: (source: string) => string
): Record<string, unknown> {
  const { first, last, references } = byRole(video)
  return {
    ...(video.prompt && { prompt: video.prompt }),
    // names from a schema may also be in the client's metadata
    ...settings,
    ...(first !== undefined && profile.first && { [profile.first]: toImage(first) }),
    ...(last !== undefined && profile.last && { [profile.last]: toImage(last) }),
    ...(references.length && profile.references && { [profile.references]: references.map(toImage) })
  }
}

// models differ in their default resolution and sound; where no document states them, neither is stated here
function statement(video: VideoRequest, profile: FieldProfile, settings: Record<string, unknown>) {
  const { duration, sizes, resolutions, resolutionField = 'resolution' } = profile
  const size = sizes?.some(one => one === settings.size) ? settings.size : shape(video, profile).size
  const ofSize = resolutions && resolutionOfSize(video, resolutions)
  return billed(
    video,
    {
      seconds: (duration && secondsIn(settings[duration.field ?? 'duration'])) ?? usualSeconds(profile),
      resolution: sizes
        ? tierIn(size)
        : resolutionAmong(resolutions, settings[resolutionField], video.metadata[resolutionField], ofSize),
      audio: audioOf(profile, settings[profile.sound ?? generateAudio.field]),
      video: Object.entries(settings).some(([name, value]) => name.includes('video') && isFile(value))
    },
    settings
  )
}

const isFile = (value: unknown) => isFilled(value) || (typeof value === 'string' && value.includes(':'))

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isFormat(value: unknown): value is DurationFormat {
  return value === 'string' || value === 'suffixed' || value === 'number'
}

function written(seconds: number, format: DurationFormat): string | number {
  if (format === 'number') return seconds
  return format === 'string' ? String(seconds) : `${seconds}s`
}

function shape(video: VideoRequest, profile: FieldProfile): Record<string, string> {
  const { width, height } = video
  const { ratios, resolutions, sizes } = profile
  const sized = width !== undefined && height !== undefined
  if (sizes) return sized ? { size: nearestSize(width, height, sizes) } : {}
  const ratio = ratios && ratioOf(video, ratios)
  const resolution = resolutions && resolutionOfSize(video, resolutions)
  return {
    ...(ratio && { [profile.ratioField ?? 'aspect_ratio']: ratio }),
    ...(resolution && { [profile.resolutionField ?? 'resolution']: resolution })
  }
}

// the nearest aspect ratio, and among equal ones the nearest pixel count
function nearestSize(width: number, height: number, sizes: readonly string[]): string {
  const colons = sizes.map(size => size.replace('*', ':'))
  const best = sides(nearestRatio(width, height, colons))
  const away = (size: string) => Math.abs(Math.log((width * height) / (sides(size)[0] * sides(size)[1])))
  return colons
    .filter(size => Math.abs(Math.log((sides(size)[0] * best[1]) / (sides(size)[1] * best[0]))) < 0.05)
    .reduce((nearest, size) => (away(size) < away(nearest) ? size : nearest))
    .replace(':', '*')
}

function sides(size: string): [number, number] {
  const [width = 1, height = 1] = size.split(':').map(Number)
  return [width, height]
}

/** Input fields that change what is billed, and the request's field instead; `frames` only where a model takes seconds. */
const billedFields = { duration: 'duration', seconds: 'duration', num_videos: 'n', num_outputs: 'n', n: 'n' }
const frames = { num_frames: 'duration', frames: 'duration' }
const ours = [
  'image_field',
  'last_image_field',
  'references_field',
  'duration_format',
  'input',
  'aspect_ratio',
  'resolution'
]

function givenInput(
  { metadata }: VideoRequest,
  billed: Readonly<Record<string, string>>
): { given: Record<string, unknown>; warnings: Warning[] } {
  const nested = recordOf(metadata.input)
  const all = { ...passThrough(metadata, ours), ...passThrough(nested) }
  const ignored = Object.keys(all).filter(name => Object.hasOwn(billed, name))
  const warnings = ignored.map(field => ({ field, reason: useField(billed[field]!) }))
  return { given: Object.fromEntries(Object.entries(all).filter(([name]) => !ignored.includes(name))), warnings }
}
