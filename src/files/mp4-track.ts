import { boxesIn, headerAt, type Box, type Source } from './boxes.ts'

/** The first picture track of a movie. */
export interface Picture {
  trackId: number
  /** pixels, as shown */
  width: number
  height: number
  /** ticks per second */
  timescale: number
  /** frames that the movie's own tables list, and their ticks; those of fragments are not among them */
  frames: number
  ticks: number
}

/** Returns the first picture track; undefined when there is none. Numbers that the file lacks are zero. */
export async function readPicture(source: Source, movie: Box): Promise<Picture | undefined> {
  for await (const track of boxesIn(source, movie.start, movie.end)) {
    if (track.type !== 'trak') continue
    const handler = await headerAt(source, track, ['mdia', 'hdlr'])
    if (handler?.toString('latin1', 8, 12) !== 'vide') continue
    const [header, media, entry, sizes, compactSizes] = [
      await headerAt(source, track, ['tkhd']),
      await headerAt(source, track, ['mdia', 'mdhd']),
      await headerAt(source, track, ['mdia', 'minf', 'stbl', 'stsd']),
      await headerAt(source, track, ['mdia', 'minf', 'stbl', 'stsz']),
      await headerAt(source, track, ['mdia', 'minf', 'stbl', 'stz2'])
    ]
    if (!header || !media) return undefined
    const frames = (sizes ?? compactSizes)?.readUInt32BE(8) ?? 0
    const { timescale, ticks } = timesOf(media)
    // some files with fragments state the length of the whole here
    return { ...shapeOf(header, entry), timescale, frames, ticks: frames === 0 ? 0 : ticks }
  }
  return undefined
}

/** `mdhd` (ISO/IEC 14496-12 §8.4.2): version 1 has times of 64 bits. */
function timesOf(media: Buffer): { timescale: number; ticks: number } {
  if (media[0] === 1) return { timescale: media.readUInt32BE(20), ticks: Number(media.readBigUInt64BE(24)) }
  return { timescale: media.readUInt32BE(12), ticks: media.readUInt32BE(16) }
}

/** `tkhd` (§8.3.2): the id, the size as shown in 16.16 fixed point, and a matrix that may turn it; `stsd` has the coded size (§12.1.3). */
function shapeOf(header: Buffer, entry: Buffer | undefined): { trackId: number; width: number; height: number } {
  const later = header[0] === 1 ? 12 : 0
  const trackId = header.readUInt32BE(header[0] === 1 ? 20 : 12)
  const [a, b] = [header.readInt32BE(40 + later), header.readInt32BE(44 + later)]
  const width = Math.round(header.readUInt32BE(76 + later) / 0x10000) || (entry?.readUInt16BE(40) ?? 0)
  const height = Math.round(header.readUInt32BE(80 + later) / 0x10000) || (entry?.readUInt16BE(42) ?? 0)
  // turned by 90 or 270 degrees
  return Math.abs(b) > Math.abs(a) ? { trackId, width: height, height: width } : { trackId, width, height }
}
