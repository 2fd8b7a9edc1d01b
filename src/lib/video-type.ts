/* The type of a video, read from its first bytes. What servers declare is often wrong. */

/** How many bytes decide: MPEG-TS is recognized by the start of its second packet. */
export const BEGINNING = 256

/** Returns the media type of MP4, QuickTime, 3GP, WebM, Matroska, MPEG-TS, MPEG-PS and AVI; null for anything else. */
export function videoTypeOf(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, BEGINNING))
  const text = (from: number, to: number) => head.toString('latin1', from, to)
  if (text(4, 8) === 'ftyp') return typeOfBrand(text(8, 12))
  if (quickTime.has(text(4, 8)) && head[0]! < SPACE) return 'video/quicktime'
  if (head.subarray(0, 4).equals(ebml)) return head.includes('webm') ? 'video/webm' : 'video/x-matroska'
  if (head[0] === TS_SYNC && head[TS_PACKET] === TS_SYNC) return 'video/mp2t'
  if (head.subarray(0, 4).equals(programStream)) return 'video/mpeg'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'AVI ') return 'video/x-msvideo'
  return null
}

// QuickTime files without `ftyp` begin with one of these boxes; a text with such a word in its place has a letter where the length begins
const quickTime = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'])
const SPACE = 0x20
// RFC 8794; the document type follows in the same header
const ebml = Buffer.from([0x1a, 0x45, 0xdf, 0xa3])
// ISO/IEC 13818-1
const programStream = Buffer.from([0x00, 0x00, 0x01, 0xba])
const TS_SYNC = 0x47
const TS_PACKET = 188

/** The type for the major brand of an `ftyp` box (mp4ra.org); null for images and sound. A brand that is cut off or unknown is an MP4. */
function typeOfBrand(brand: string): string | null {
  if (brand === 'qt  ') return 'video/quicktime'
  if (/^3g[p2]/.test(brand)) return 'video/3gpp'
  return notVideo.test(brand) ? null : 'video/mp4'
}

const notVideo = /^(avi[fs]|he[iv][cxms]|mi[fa][1f]|msf1|crx |M4[ABP] |F4[AB] )/
