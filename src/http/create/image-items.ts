import { ApiError } from '../../errors.ts'
import { isRecord } from '../../lib/records.ts'
import type { ImageRole } from '../../vendors/vendor.ts'
import { refuse } from '../parse.ts'
import { isAbsent } from './absent.ts'
import { fromJsonText, looksLikeJson } from './json-text.ts'
import { bare } from './names.ts'
import { readSource } from './source.ts'

/* The values of an image field: a text, an object with one of many keys, a file of a form, or a list of these. */

export const IMAGES_LIMIT = 30

export interface ImageItem {
  source: string
  role?: ImageRole
}

interface Options {
  /** addresses of vendors' own stores pass */
  ownSchemes: boolean
}

/** Returns the images in a field's value. Throws invalid_request naming the part that is none, e.g. `images.1.url`. */
export function readItems(value: unknown, param: string, options: Options): ImageItem[] {
  const list = listIn(parsed(value, param))
  if (!list) return readItem(value, param, options)
  if (list.length > IMAGES_LIMIT) throw refuse(param, `may have at most ${IMAGES_LIMIT} images`)
  return list.flatMap((item, index) => readItem(item, `${param}.${index}`, options))
}

/** A file of a form, as plugins/body.ts writes it. */
export interface Upload {
  file: string
}

/** Whether a value is a file of a form. */
export function isUpload(value: unknown): value is Upload {
  if (!isRecord(value) || typeof value.file !== 'string' || Object.keys(value).length > 1) return false
  return value.file.startsWith('data:')
}

function parsed(given: unknown, param: string): unknown {
  const value = fromJsonText(given)
  if (looksLikeJson(value)) throw refuse(param, 'is not valid JSON')
  return value
}

/** Returns a list; null: the value is none. `images[0]=…&images[1]=…` is one, too. */
export function listIn(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value
  if (!isRecord(value)) return null
  const keys = Object.keys(value)
  if (keys.length === 0 || !keys.every(key => /^\d{1,3}$/.test(key))) return null
  return keys.sort((a, b) => Number(a) - Number(b)).map(key => value[key])
}

function readItem(given: unknown, param: string, options: Options): ImageItem[] {
  if (isAbsent(given)) return []
  const value = parsed(given, param)
  if (typeof value === 'string') return [{ source: readSource(value, param, options) }]
  if (!isRecord(value)) throw refuse(param, 'must be a URL, a data URL, base64, or an object with one of them')
  const source = sourceIn(value, param, options)
  const role = roleIn(value, param)
  return source === null ? [] : [{ source, ...(role && { role }) }]
}

const sourceKeys = new Set(
  'url uri href src source image imageurl imageuri base64 b64 b64json data bytes imagebase64 imagebytes bytesbase64encoded file'.split(
    ' '
  )
)
const idKeys = new Set(['fileid', 'id', 'imageid'])

/** Returns the image in an object; null: its keys are all empty. */
function sourceIn(value: Record<string, unknown>, param: string, options: Options): string | null {
  const keys = Object.keys(value)
  refuseOtherMedia(value, param)
  const named = keys.filter(key => sourceKeys.has(bare(key)))
  const key = named.find(one => !isAbsent(value[one]))
  if (key !== undefined) {
    const inner = value[key]
    const path = key === 'file' ? param : `${param}.${key}`
    if (typeof inner === 'string') return readSource(inner, path, options)
    // {type: 'image_url', image_url: {url}}
    if (isRecord(inner)) return sourceIn(inner, path, options)
    throw refuse(path, 'must be a URL, a data URL or base64')
  }
  if (keys.some(one => idKeys.has(bare(one)) && !isAbsent(value[one])))
    throw new ApiError('unsupported', {
      param,
      message: `${param}: file_id is not supported; send the file itself or an image_url.`
    })
  if (named.length) return null
  throw refuse(param, 'must have a url, image_url or b64_json')
}

function refuseOtherMedia(value: Record<string, unknown>, param: string) {
  const other = Object.entries(value).find(([key, inner]) =>
    bare(key) === 'type'
      ? typeof inner === 'string' && /video|audio/i.test(inner)
      : /video|audio/i.test(key) && !isAbsent(inner)
  )
  if (other)
    throw new ApiError('unsupported', {
      param,
      message: `${param}: only images are supported here, no video and no audio.`
    })
}

const roleKeys = ['role', 'frame_type', 'position', 'type', 'image_type', 'usage']

function roleIn(value: Record<string, unknown>, param: string): ImageRole | null {
  for (const key of roleKeys) {
    const word = value[key]
    if (isAbsent(word)) continue
    const role = typeof word === 'string' ? roleOfWord(word) : null
    if (role) return role
    if (key === 'role' || key === 'frame_type')
      throw refuse(`${param}.${key}`, 'must be first_frame, last_frame or reference_image')
  }
  return null
}

/** Returns the role that a word means; null: none. */
export function roleOfWord(word: string): ImageRole | null {
  const [, first, last, reference] =
    /^(?:(first|start|head)|(last|end|tail)|(reference|ref|subject|character|style|element|asset))(?:frame|image)?s?(?:url)?$/.exec(
      bare(word)
    ) ?? []
  if (first) return 'first'
  return last ? 'last' : reference ? 'reference' : null
}
