import { imageTypeOf } from '../lib/image-type.ts'
import { videoTypeOf } from '../lib/video-type.ts'

/** Whether bytes are what they should be: their media type, or what they are instead. */
export type Verdict = { type: string } | { problem: string }

/**
 * Judges a video by its first bytes and the content type that its server declared. A container that is unknown here is accepted when it is
 * declared as video and is neither text nor another known format: a paid video must not be lost because it is new.
 */
export function judgeVideo(head: Buffer, declared: string | undefined): Verdict {
  const type = videoTypeOf(head)
  if (type !== null) return { type }
  const what = kindOf(head)
  const label = mediaType(declared)
  if (what === null && isVideo(label)) return { type: label }
  return {
    problem: `the vendor's file is ${what ?? 'not a known format'} (${label || 'no content type'}), not a video`
  }
}

/** Judges a thumbnail: images that browsers show, and none that may contain a script. */
export function judgeImage(head: Buffer, declared: string | undefined): Verdict {
  const type = imageTypeOf(head)
  if (type !== null && shownImages.has(type)) return { type }
  const what = kindOf(head) ?? 'not a known format'
  return { problem: `the vendor's thumbnail is ${what} (${mediaType(declared) || 'no content type'}), not an image` }
}

/** Judges a part from the middle of a video, where only the declared type tells. */
export function judgePart(declared: string | undefined): Verdict {
  const label = mediaType(declared)
  if (isVideo(label)) return { type: label }
  return /^(text|image)\/|json|xml|html/.test(label)
    ? { problem: `the vendor's file is declared as ${label}, not as a video` }
    : { type: 'video/mp4' }
}

const mediaType = (declared = '') => declared.split(';', 1)[0]!.trim().toLowerCase()
const isVideo = (type: string) => /^video\/[\w.+-]+$/.test(type)
const shownImages = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif'])

/** Names what bytes are that are no video; null: unknown, binary. */
function kindOf(head: Buffer): string | null {
  if (head.length === 0) return 'empty'
  const image = imageTypeOf(head)
  if (image !== null) return `an image (${image})`
  if (head.toString('latin1', 4, 8) === 'ftyp') return 'an MP4 of another kind'
  const [, name] = signatures.find(([begins]) => head.subarray(0, begins.length).equals(begins)) ?? []
  if (name !== undefined) return name
  if (!isText(head)) return null
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
    .toLowerCase()
  if (/^(<!doctype html|<html|<head|<body|<script)/.test(text)) return 'an HTML page'
  if (text.startsWith('<')) return 'XML'
  return /^[{["]/.test(text) ? 'JSON' : 'text'
}

// no container of a video begins with so much text
const LOOK = 64

/** UTF-16 with its mark, or no control characters in what is UTF-8 or begins like a page in an older encoding. */
function isText(head: Buffer): boolean {
  const begin = head.subarray(0, LOOK)
  if (utf16.some(mark => begin.subarray(0, 2).equals(mark))) return true
  const plain = begin.every(byte => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b)
  return plain && (begin[0] === LESS_THAN || isUtf8(begin))
}

const utf16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]
const LESS_THAN = 0x3c

function isUtf8(begin: Buffer): boolean {
  try {
    // as a stream, because the last character may be cut off
    new TextDecoder('utf-8', { fatal: true }).decode(begin, { stream: true })
    return true
  } catch {
    return false
  }
}

const signatures: readonly (readonly [Buffer, string])[] = [
  [Buffer.from([0x1f, 0x8b]), 'compressed (gzip)'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'compressed (zstd)'],
  [Buffer.from('PK\x03\x04'), 'a ZIP archive'],
  [Buffer.from('%PDF-'), 'a PDF'],
  [Buffer.from('ID3'), 'sound (MP3)'],
  [Buffer.from('RIFF'), 'sound (WAV)'],
  [Buffer.from('fLaC'), 'sound (FLAC)']
]
