import { IMAGE_LIMIT, IMAGE_LIMIT_MB, imageTypeOfBase64 } from '../../lib/image-type.ts'
import { defined } from '../../lib/defined.ts'
import type { Bytes, Image, VideoRequest } from '../vendor.ts'

/* Images as clients send them (URL, data URL, raw base64) and as vendors accept them. Never a regex over base64: it may be 27 MB. */

export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source.slice(0, 8))
}

export function isDataUrl(source: string): boolean {
  return source.slice(0, 5).toLowerCase() === 'data:'
}

/** Returns why a client's image is not valid; null when it is. URLs are checked when they are fetched. */
export function imageProblem(source: string): string | null {
  if (/^[a-z][a-z0-9_+.-]{0,20}:\/\//i.test(source.slice(0, 30)))
    return source.length > 8192 ? 'must be a URL of at most 8192 characters' : null
  if (isDataUrl(source) && !/^data:image\/[\w.+-]+;base64,/i.test(source.slice(0, 200)))
    return 'must be a data URL of an image in base64 (data:image/png;base64,…)'
  const { base64 } = bytesOf(source)
  if ((base64.length * 3) / 4 > IMAGE_LIMIT + 3) return `must be at most ${IMAGE_LIMIT_MB} MB`
  return /^[\w+/=\r\n-]+$/.test(base64.slice(0, 64)) ? null : 'must be a URL, a data URL or base64'
}

/** Returns a data URL or raw base64 as base64 without a prefix. */
export function bytesOf(source: string): Bytes {
  if (!isDataUrl(source)) return { mimeType: imageTypeOfBase64(source) ?? 'image/png', base64: source }
  const comma = source.indexOf(',')
  const mimeType = source.slice('data:'.length, comma).split(';')[0] || 'image/png'
  return { mimeType, base64: source.slice(comma + 1) }
}

/** Returns a URL as it is, anything else as a data URL with the right type. */
export function urlOrDataUrl(source: string): string {
  if (isUrl(source) || isDataUrl(source)) return source
  const { mimeType, base64 } = bytesOf(source)
  return `data:${mimeType};base64,${base64}`
}

/** Returns a URL as it is, anything else as base64 without a prefix. */
export function urlOrBase64(source: string): string {
  return isUrl(source) ? source : bytesOf(source).base64
}

/** Returns a file name with the extension of the file's type. */
export function fileName(stem: string, { mimeType }: Bytes): string {
  return `${stem}.${mimeType.split('/')[1]?.replace('jpeg', 'jpg') ?? 'png'}`
}

/** Returns the images' sources by role. */
export function byRole(video: VideoRequest): { first?: string; last?: string; references: string[] } {
  const find = (role: Image['role']) => video.images.find(image => image.role === role)?.source
  const first = find('first')
  const last = find('last')
  return {
    ...defined({ first, last }),
    references: video.images.filter(image => image.role === 'reference').map(image => image.source)
  }
}
