import { imageTypeOfBase64 } from '../../lib/image-type.ts'
import { isRecord } from '../../lib/records.ts'
import { isAbsent } from './absent.ts'
import { fromJsonText } from './json-text.ts'
import { bare, meaningOf, wordsOf } from './names.ts'

/*
 * Fields without a meaning here. One that names a medium, or changes shape, length, sound or price cannot be ignored: a video would be paid for
 * that nobody asked for. Everything else is ignored with a warning.
 */

const sorts = {
  medium: words(
    'image images img imgs picture pictures photo photos frame keyframe keyframes video videos clip clips movie audios music song',
    'reference references ref refs mask masks tail start end first last init subject subjects character characters element elements',
    'avatar face pose depth logo media medias material materials file files attachment attachments asset assets',
    'source src input inputs content contents'
  ),
  /** several of what is billed */
  counted: words('videos clips outputs samples'),
  /** what a video is continued from */
  continued: words('previous remix remixed extend extension continue continuation'),
  origin: words('id ids job jobs task from video generation interaction'),
  decisive: words(
    'ratio aspect resolution quality orientation dimension dimensions width height size duration seconds frames fps framerate',
    'audio sound sounds music bgm voice voices speech soundtrack lipsync mute tier peak upscale upscaling upscaler draft hd fhd uhd hdr'
  ),
  /** `chunk_size` is not the size of the video */
  harmless: words('font chunk page limit thumbnail cover preview log timeout expire expires expiry ttl wait poll'),
  id: words('id ids')
}

/** Objects that other APIs put their settings into. */
const wrappers = words('input inputs parameters params options settings config extra request body args arguments')

/** Returns why a field cannot be ignored, as the end of a refusal; null: it can. */
export function whyNotIgnored(name: string, given: unknown): string | null {
  const value = fromJsonText(given)
  if (isOff(value)) return null
  const has = sortsOf(name)
  if (has.continued && (has.origin || isRecord(value))) return 'continuing another video is not supported here'
  if (has.harmless) return null
  if (has.decisive || (has.counted && typeof value === 'number'))
    return 'is not a known field, and may change what is made and paid; use a documented field, or metadata'
  if (((has.medium || isLink(name)) && carries(value)) || (has.medium && has.id) || holdsMedium(value))
    return 'is not a known field for a picture, video or sound; send pictures as image or images'
  const inside = isRecord(value) && wordsOf(name).some(word => wrappers.has(word)) ? knownIn(value) : undefined
  return inside === undefined ? null : `is not a known field; send ${inside} on its own`
}

function sortsOf(name: string): Partial<Record<keyof typeof sorts, boolean>> {
  const own = wordsOf(name)
  return Object.fromEntries(Object.entries(sorts).map(([sort, those]) => [sort, own.some(word => those.has(word))]))
}

/** `upscale: false` asks for nothing. */
function isOff(value: unknown): boolean {
  if (isAbsent(value) || value === false || value === 0) return true
  if (typeof value === 'string') return /^\s*(0|false|off|no|none|auto|default)\s*$/i.test(value.slice(0, 20))
  return isRecord(value) && Object.values(value).every(isOff)
}

/** Whether a value may be a medium: an address, base64, or something with parts. */
function carries(value: unknown): boolean {
  if (typeof value === 'string') return isAddress(value) || (value.length > 100 && !/\s/.test(value.slice(0, 100)))
  return typeof value === 'object' && !isOff(value)
}

const isAddress = (text: string) => /^\s*(data:|[a-z][a-z0-9+.-]*:\/\/)/i.test(text.slice(0, 40))

/** Whether a medium is anywhere inside. */
function holdsMedium(value: unknown): boolean {
  if (typeof value === 'string') return isMedium(value)
  if (Array.isArray(value)) return value.some(holdsMedium)
  return (
    isRecord(value) &&
    Object.entries(value).some(([key, inner]) => (isMediumName(key) && carries(inner)) || holdsMedium(inner))
  )
}

/** Whether a text is a medium whatever its field is called: a data URL, an image in base64, or the address of a media file. */
function isMedium(text: string): boolean {
  const start = text.slice(0, 200).trim()
  if (/^data:/i.test(start)) return true
  if (/^https?:\/\//i.test(start)) return text.length < 10_000 && mediaFile.test(text)
  return text.length >= 64 && imageTypeOfBase64(start) !== null
}

const mediaFile = /\.(png|jpe?g|webp|gif|bmp|tiff?|hei[cf]|avif|mp4|mov|webm|m4v|mkv|mp3|wav|m4a|ogg|flac)\s*($|[?#])/i

// `site_url` is not a picture
const isLink = (name: string) => /^(url|urls|uri|uris|link|links)$/.test(bare(name))

function isMediumName(name: string): boolean {
  const meaning = meaningOf(name)
  return (meaning !== null && 'image' in meaning) || sortsOf(name).medium === true || isLink(name)
}

/** The first field inside that would mean something outside. */
const knownIn = (value: Record<string, unknown>): string | undefined =>
  Object.keys(value).find(key => (meaningOf(key) !== null || sortsOf(key).decisive === true) && !isOff(value[key]))

function words(...lines: string[]): ReadonlySet<string> {
  return new Set(lines.join(' ').split(' '))
}
