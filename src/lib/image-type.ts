/* The type of an image, read from its first bytes. Content types that clients and servers declare are ignored. */

/** The largest image that a client may send, a URL may return and a vendor receives; decoded bytes. */
export const IMAGE_LIMIT_MB = 20
export const IMAGE_LIMIT = IMAGE_LIMIT_MB * 1024 * 1024

/** Returns the media type of PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC, HEIF and AVIF; null for anything else. */
export function imageTypeOf(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64))
  const { type } = signatures.find(({ begins }) => head.subarray(0, begins.length).equals(begins)) ?? {}
  if (type) return type
  if (head.toString('latin1', 0, 4) === 'RIFF') return head.toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : null
  if (head.toString('latin1', 4, 8) !== 'ftyp') return null
  const brands = brandsOf(head)
  return brands.map(brand => codecs[brand]).find(Boolean) ?? (brands.some(isStill) ? 'image/heif' : null)
}

/** The same for base64 without a prefix; reads only the beginning. */
export const imageTypeOfBase64 = (base64: string): string | null =>
  imageTypeOf(Buffer.from(base64.slice(0, 88), 'base64'))

const signatures: readonly { type: string; begins: Buffer }[] = [
  { type: 'image/jpeg', begins: Buffer.from([0xff, 0xd8, 0xff]) },
  { type: 'image/png', begins: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { type: 'image/gif', begins: Buffer.from('GIF87a') },
  { type: 'image/gif', begins: Buffer.from('GIF89a') },
  { type: 'image/bmp', begins: Buffer.from('BM') },
  { type: 'image/tiff', begins: Buffer.from([0x49, 0x49, 0x2a, 0x00]) },
  { type: 'image/tiff', begins: Buffer.from([0x4d, 0x4d, 0x00, 0x2a]) }
]

// ISO/IEC 23008-12 (HEIF) and the AVIF specification: brands of still images and of sequences of them; other brands are videos
const codecs: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  avis: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  heim: 'image/heic',
  heis: 'image/heic',
  hevc: 'image/heic',
  hevx: 'image/heic',
  hevm: 'image/heic',
  hevs: 'image/heic'
}

const isStill = (brand: string) => brand === 'mif1' || brand === 'msf1'

/** The brands of an `ftyp` box: the major one, then the compatible ones. */
function brandsOf(head: Buffer): string[] {
  const end = Math.min(head.readUInt32BE(0), head.length)
  const starts = [8, ...Array.from({ length: Math.max(0, Math.floor((end - 16) / 4)) }, (_, index) => 16 + 4 * index)]
  return starts.map(start => head.toString('latin1', start, start + 4))
}
