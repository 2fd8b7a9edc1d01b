import { readFileSync } from 'node:fs'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB, imageTypeOf } from '../lib/image-type.ts'

/** Returns an image of this computer as a data: URL, or why it cannot be one. */
export function readImageFile(path: string): { url: string } | { problem: string } {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return { problem: `${path} cannot be read.` }
  }
  const type = imageTypeOf(bytes)
  if (type === null) return { problem: `${path} is not a PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF image.` }
  if (bytes.length > IMAGE_LIMIT) return { problem: `${path} is larger than ${IMAGE_LIMIT_MB} MB.` }
  return { url: `data:${type};base64,${bytes.toString('base64')}` }
}
