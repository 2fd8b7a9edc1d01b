/** The media type of an image by its first bytes; null when it is none that vendors know. */
export function sniffImage(bytes: Buffer): string | null {
  const found = signatures.find(({ at = 0, begins }) => bytes.subarray(at, at + begins.length).equals(begins))
  if (!found) return null
  if (found.type === 'riff') return bytes.toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : null
  if (found.type === 'ftyp') return brands[bytes.toString('latin1', 8, 12)] ?? null
  return found.type
}

const signatures: readonly { type: string; begins: Buffer; at?: number }[] = [
  { type: 'image/jpeg', begins: Buffer.from([0xff, 0xd8, 0xff]) },
  { type: 'image/png', begins: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { type: 'image/gif', begins: Buffer.from('GIF87a') },
  { type: 'image/gif', begins: Buffer.from('GIF89a') },
  { type: 'image/bmp', begins: Buffer.from('BM') },
  { type: 'image/tiff', begins: Buffer.from([0x49, 0x49, 0x2a, 0x00]) },
  { type: 'image/tiff', begins: Buffer.from([0x4d, 0x4d, 0x00, 0x2a]) },
  { type: 'riff', begins: Buffer.from('RIFF') },
  { type: 'ftyp', begins: Buffer.from('ftyp'), at: 4 }
]

// ISO base media brands that are images (the others are videos)
const brands: Record<string, string> = {
  avif: 'image/avif',
  avis: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  mif1: 'image/heif',
  msf1: 'image/heif'
}
