import type { BodyMode, Dialect, ImageStyle } from './dialects.ts'
import { audioOf, billed, resolutionAmong, secondsIn, tierIn, usualSeconds } from '../shared/billing.ts'
import { passThrough } from '../shared/pass-through.ts'
import { bytesOf, fileName, isUrl, urlOrDataUrl } from '../shared/images.ts'
import { useField } from '../shared/reasons.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { defined } from '../../lib/defined.ts'
import type {
  Bytes,
  Priced,
  FormPart,
  HttpBody,
  Image,
  ImageRole,
  ModelSpec,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* The body of a create in OpenAI's Videos API, for each dialect. */

// metadata that would override checked fields, and so what is billed or shown
export const ownFields = [
  'prompt',
  'seconds',
  'n',
  'n_seconds',
  'n_variants',
  'size',
  'input_reference',
  'image',
  'images'
]

/** What is sent besides prompt and images. */
export interface Settings {
  /** the API's own fields: length and size */
  fields: Record<string, unknown>
  /** the client's metadata that is passed through, with the settings that the dialect supports */
  rest: Record<string, unknown>
}

export function settingsOf(video: VideoRequest, seconds: number | undefined, dialect: Dialect): Settings {
  return {
    fields: {
      ...(seconds !== undefined && dialect.duration !== 'duration' && { seconds: String(seconds) }),
      ...defined({ duration: dialect.duration === 'seconds' ? undefined : seconds, size: video.size })
    },
    rest: { ...passThrough(video.metadata, ownFields), ...known(video, dialect), ...roles(video, dialect) }
  }
}

/** Returns what a create states about its price. `spec`: what is known of the model. */
export function statement(
  video: VideoRequest,
  spec: ModelSpec,
  seconds: number | undefined,
  { fields, rest }: Settings,
  dialect: Dialect
): Priced {
  const { resolutions } = spec
  const length = dialect.takesFrames ? secondsIn(Number(rest.num_frames) / Number(rest.fps)) : undefined
  return billed(
    video,
    {
      seconds: seconds ?? length ?? usualSeconds(spec),
      resolution: resolutions
        ? // OpenAPI document: size, default 720x1280
          resolutionAmong(resolutions, resolutionOfSize(video, resolutions), '720p')
        : tierIn(fields.size),
      audio: audioOf(spec)
    },
    { ...rest, ...fields }
  )
}

/** The size that OpenAI's models make where none is sent (OpenAPI document: size, default 720x1280); an image may decide otherwise. */
export function impliedSize({ images }: VideoRequest, { fields }: Settings): { size?: string } {
  return fields.size === undefined && images.length === 0 ? { size: '720x1280' } : {}
}

/** Returns the whole body. `files`: the images that were downloaded. */
export function bodyOf(
  video: VideoRequest,
  { fields: own, rest }: Settings,
  dialect: Dialect,
  files: Record<string, Bytes>
): HttpBody {
  const images = imageFields(inOrder(video.images), styleOf(dialect), dialect.body, files)
  const fields = {
    ...(dialect.passThrough === 'body' && rest),
    model: video.model,
    prompt: video.prompt,
    ...own,
    ...images.fields,
    ...(dialect.passThrough === 'metadata' && Object.keys(rest).length > 0 && { metadata: rest })
  }
  const characters = (video.characters ?? []).map(({ id }) => ({ id }))
  if (dialect.body === 'json') return { json: { ...fields, ...(characters.length > 0 && { characters }) } }
  // as OpenAI's SDKs write a list of objects
  const named = characters.map(({ id }) => ({ name: 'characters[][id]', value: id }))
  return { multipart: [...formParts(fields), ...named, ...images.parts] }
}

export const styleOf = ({ body, images }: Dialect): ImageStyle => images[body]

/** How many images a create can contain. */
export const imageLimit = (dialect: Dialect): number => (/^images?$/.test(styleOf(dialect)) ? Infinity : 1)

/** Returns the URLs that must be downloaded first, because the dialect sends bytes. */
export function urlsToFetch(video: VideoRequest, dialect: Dialect): string[] {
  if (styleOf(dialect) !== 'file') return []
  return video.images.map(({ source }) => source).filter(isUrl)
}

/** Whether the roles follow from the number of images: first; first and last; three or more references. */
export function rolesAreUsual(images: readonly Image[]): boolean {
  const usual: readonly ImageRole[] = images.length > 2 ? images.map(() => 'reference') : ['first', 'last']
  return inOrder(images).every(({ role }, index) => role === usual[index])
}

/** Warns about metadata that is not passed through because a checked field sets it. */
export function keptBack(video: VideoRequest): Warning[] {
  return ownFields
    .filter(field => field in video.metadata)
    .map(field => ({ field: `metadata.${field}`, reason: useField(field) }))
}

const order: readonly ImageRole[] = ['first', 'last', 'reference']

function inOrder(images: readonly Image[]): Image[] {
  return images.toSorted((one, other) => order.indexOf(one.role) - order.indexOf(other.role))
}

function known(video: VideoRequest, dialect: Dialect): Record<string, unknown> {
  const given = { fps: video.fps, seed: video.seed, negative_prompt: video.negativePrompt, user: video.user }
  return Object.fromEntries(dialect.settings.filter(name => given[name] !== undefined).map(name => [name, given[name]]))
}

// another reelay reads the roles; new-api uses the order of the images
function roles(video: VideoRequest, dialect: Dialect): { image_roles?: ImageRole[] } {
  if (dialect.passThrough !== 'metadata' || rolesAreUsual(video.images)) return {}
  return { image_roles: inOrder(video.images).map(({ role }) => role) }
}

interface ImageFields {
  fields: Record<string, unknown>
  parts: FormPart[]
}

function imageFields(
  images: readonly Image[],
  style: ImageStyle,
  body: BodyMode,
  files: Record<string, Bytes>
): ImageFields {
  const [first] = images
  if (!first) return { fields: {}, parts: [] }
  const { source } = first
  const field = (fields: Record<string, unknown>): ImageFields => ({ fields, parts: [] })
  const file = (): ImageFields => ({
    fields: {},
    parts: [filePart('input_reference', files[source] ?? bytesOf(source))]
  })
  switch (style) {
    case 'file':
      return file()
    case 'object':
      return field({ input_reference: { image_url: urlOrDataUrl(source) } })
    case 'string':
      return field({ input_reference: urlOrDataUrl(source) })
    case 'reference_url':
      return field({ reference_url: urlOrDataUrl(source) })
    case 'image_reference':
      // vLLM takes bytes as an upload, which only a form can contain
      if (body === 'multipart' && !isUrl(source)) return file()
      return field({ image_reference: JSON.stringify({ image_url: urlOrDataUrl(source) }) })
    case 'image':
    case 'images':
      return style === 'image' && images.length === 1
        ? field({ image: source })
        : field({ images: images.map(image => image.source) })
  }
}

/** Returns a file of a form, with a name that fits its type. */
export function filePart(name: string, file: Bytes): Extract<FormPart, { file: Bytes }> {
  return { name, file, filename: fileName(name, file) }
}

/** Returns the fields of a form: text as it is, anything else as JSON. */
export function formParts(fields: Record<string, unknown>): FormPart[] {
  return Object.entries(fields).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value)
  }))
}
