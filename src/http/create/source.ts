import { ApiError } from '../../errors.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB, imageTypeOfBase64 } from '../../lib/image-type.ts'
import { refuse } from '../parse.ts'

/*
 * One image as clients write it, in the form that vendors get. It may be 27 MB: never a regex over base64, and no copy unless something has to be
 * taken out of it.
 */

const URL_LIMIT = 8192
// a label with its parameters
const LABEL_LIMIT = 1000

/**
 * Returns an http(s) URL trimmed and percent-encoded, and base64, with or without `data:…,`, without white space and with the media type that
 * its bytes have. `ownSchemes`: addresses of vendors' own stores (`oss://…`) pass. Throws invalid_request and request_too_large naming `param`.
 */
export function readSource(text: string, param: string, { ownSchemes = false } = {}): string {
  const given = text.trim()
  const start = given.slice(0, 30)
  if (/^https?:\/\//i.test(start)) return readUrl(given, param)
  if (/^data:/i.test(start)) return readDataUrl(given, param)
  if (ownSchemes && /^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(start)) return given
  const base64 = clean(given)
  if (!isBase64(base64)) throw refuse(param, 'must be a URL, a data URL or base64')
  typeOf(base64, param)
  return base64
}

/** Returns an http(s) URL percent-encoded. Throws invalid_request. */
export function readUrl(given: string, param: string): string {
  const url = given.length <= URL_LIMIT && URL.canParse(given) ? new URL(given).href : ''
  if (url === '' || url.length > URL_LIMIT)
    throw refuse(param, `must be a valid URL of at most ${URL_LIMIT} characters`)
  return url
}

// labels are often wrong (application/octet-stream, image/*), or lack `;base64`: only the bytes count
function readDataUrl(given: string, param: string): string {
  const label = given.slice(0, LABEL_LIMIT)
  const marked = /;\s*base64\s*,/i.exec(label)
  const at = marked ? marked.index + marked[0].length : label.indexOf(',') + 1
  const written = given.slice(at)
  const base64 = clean(written)
  if (at === 0 || !isBase64(base64))
    throw refuse(param, 'must be a data URL of an image in base64 (data:image/png;base64,…)')
  const right = `data:${typeOf(base64, param)};base64,`
  return base64 === written && label.startsWith(right) ? given : right + base64
}

function typeOf(base64: string, param: string): string {
  if (Buffer.byteLength(base64, 'base64') > IMAGE_LIMIT)
    throw new ApiError('request_too_large', { param, message: `${param}: must be at most ${IMAGE_LIMIT_MB} MB.` })
  const type = imageTypeOfBase64(base64)
  if (type === null) throw refuse(param, 'must be a PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF image')
  return type
}

/** Takes white space and percent-encoding out of base64, and writes it in the usual alphabet with its padding. */
function clean(written: string): string {
  let text = written
  if (text.includes('%')) text = text.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=')
  if ([' ', '\n', '\r', '\t'].some(space => text.includes(space))) text = text.replaceAll(/\s+/g, '')
  if (text.includes('-')) text = text.replaceAll('-', '+')
  if (text.includes('_')) text = text.replaceAll('_', '/')
  return text + '='.repeat((4 - (text.length % 4)) % 4)
}

// the characters at both ends; three padding signs make no byte
function isBase64(text: string): boolean {
  const ends = text.length > 128 ? text.slice(0, 64) + text.slice(-64) : text
  return /^[A-Za-z0-9+/]{6,}={0,2}$/.test(ends)
}
