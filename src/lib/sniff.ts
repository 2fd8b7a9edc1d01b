/** The type of an image by its first bytes; null when it is none that vendors take. */
export function sniffImage(bytes: Buffer): string | null {
  if (bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))) return 'image/png'
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg'
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'image/webp'
  if (bytes.toString('latin1', 0, 4) === 'GIF8') return 'image/gif'
  if (bytes.toString('latin1', 0, 2) === 'BM') return 'image/bmp'
  if (
    ['heic', 'heix', 'mif1', 'avif'].includes(bytes.toString('latin1', 8, 12)) &&
    bytes.toString('latin1', 4, 8) === 'ftyp'
  )
    return 'image/heic'
  return null
}
