/**
 * Whether bytes are a WebP image: a RIFF file of the length that it says, whose first chunk is one of those that an image begins with.
 * Source: developers.google.com/speed/webp/docs/riff_container
 */
export function isWebp(bytes: Buffer): boolean {
  if (bytes.length < 20 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return false
  const chunk = bytes.readUInt32LE(16)
  return (
    bytes.readUInt32LE(4) + 8 === bytes.length &&
    /^VP8[ LX]$/.test(bytes.toString('latin1', 12, 16)) &&
    chunk > 0 &&
    chunk <= bytes.length - 20
  )
}
