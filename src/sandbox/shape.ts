import { nearestRatio } from '../vendors/shared/size.ts'
import { type Shape, shapes } from './clips.ts'

/** Returns the shape nearest to an image in base64 or a data URL (JPEG or PNG, which Kling accepts); undefined when it cannot be determined. */
export function shapeOfImage(source: string): Shape | undefined {
  if (source.startsWith('http')) return undefined
  const start = source.startsWith('data:') ? source.indexOf(',') + 1 : 0
  const size = sizeOf(Buffer.from(source.slice(start, start + headLength), 'base64'))
  if (!size || size.width === 0 || size.height === 0) return undefined
  const ratio = nearestRatio(size.width, size.height, shapes)
  return shapes.find(shape => shape === ratio)
}

// in base64 characters: a JPEG's size may come after 64 kB of EXIF and a colour profile
const headLength = 400_000

interface Size {
  width: number
  height: number
}

function sizeOf(image: Buffer): Size | null {
  if (image.length >= 24 && image.readUInt32BE(0) === 0x89504e47) return pngSize(image)
  if (image.length >= 4 && image.readUInt16BE(0) === 0xffd8) return jpegSize(image)
  return null
}

function pngSize(image: Buffer): Size {
  return { width: image.readUInt32BE(16), height: image.readUInt32BE(20) }
}

/** Walks the segments to the frame header: SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), ITU T.81 table B.1. */
function jpegSize(image: Buffer): Size | null {
  for (let at = 2; at + 9 <= image.length;) {
    const marker = image.readUInt16BE(at)
    if (marker < 0xff00) return null
    if (marker === 0xffff) at += 1
    else if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker))
      return { height: image.readUInt16BE(at + 5), width: image.readUInt16BE(at + 7) }
    else at += 2 + image.readUInt16BE(at + 2)
  }
  return null
}
