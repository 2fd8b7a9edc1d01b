import { isRecord } from '../../lib/records.ts'
import { isDataUrl, urlOrDataUrl } from './images.ts'
import type { ImageRole, VideoRequest } from '../vendor.ts'

/* The `content` list of Volcengine Ark and MiniMax v2: typed items, images with a role. */

const roles: Record<ImageRole, string> = { first: 'first_frame', last: 'last_frame', reference: 'reference_image' }

/**
 * Returns the prompt, the images, and what `metadata.content` adds (videos, audio; never a second text).
 * `scheme`: the vendor's URI scheme for files that it already stores (`asset://`).
 */
export function contentItems(video: VideoRequest, scheme: string): unknown[] {
  const text = video.prompt ? [{ type: 'text', text: video.prompt }] : []
  const images = video.images.map(({ source, role }) => ({
    type: 'image_url',
    image_url: { url: urlOrOwn(source, scheme) },
    role: roles[role]
  }))
  return [...text, ...images, ...added(video.metadata.content)]
}

function added(content: unknown): unknown[] {
  if (!Array.isArray(content)) return []
  const isText = (item: unknown) => isRecord(item) && (item.type === 'text' || 'text' in item)
  return content.filter(item => !isText(item))
}

/** Returns a URI of the vendor's own scheme as it is, anything else as a URL or data URL. */
export function urlOrOwn(source: string, scheme: string): string {
  return source.startsWith(scheme) || isDataUrl(source) ? source : urlOrDataUrl(source)
}
