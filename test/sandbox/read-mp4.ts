/* Reads an MP4 by its own means, so that a mistake in the writer is not repeated here. */

export interface Facts {
  /** the top-level boxes in order */
  order: string[]
  seconds: number
  trackSeconds: number
  mediaSeconds: number
  width: number
  height: number
  codec: string
  avcProfile: number
  frames: number
  sizedFrames: number
  chunkedFrames: number
  keyFrames: number[]
  /** every frame is one or more whole NAL units, all within `mdat` and without gaps */
  framesAreWhole: boolean
  /** types of the first NAL unit of each key frame */
  keyFrameTypes: number[]
}

export function readMp4(file: Buffer): Facts {
  const top = children(file, 0, file.length)
  const get = (...path: string[]) =>
    path.reduce<Span>((span, type) => child(file, span, type), { at: 0, end: file.length })
  const u32 = (span: Span, offset: number) => file.readUInt32BE(span.at + offset)
  const stbl = ['moov', 'trak', 'mdia', 'minf', 'stbl']
  const [mvhd, tkhd, mdhd] = [get('moov', 'mvhd'), get('moov', 'trak', 'tkhd'), get('moov', 'trak', 'mdia', 'mdhd')]
  const [stsd, stts, stsz] = [get(...stbl, 'stsd'), get(...stbl, 'stts'), get(...stbl, 'stsz')]
  const [stco, stsc, stss] = [get(...stbl, 'stco'), get(...stbl, 'stsc'), get(...stbl, 'stss')]

  const sizes = Array.from({ length: u32(stsz, 8) }, (_, i) => u32(stsz, 12 + 4 * i))
  const perChunk = u32(stsc, 12)
  const frames: Span[] = []
  for (let chunk = 0; chunk < u32(stco, 4); chunk++) {
    let at = u32(stco, 8 + 4 * chunk)
    for (let i = 0; i < perChunk; i++) {
      const size = sizes[frames.length] ?? 0
      frames.push({ at, end: at + size })
      at += size
    }
  }
  const mdat = get('mdat')
  const keyFrames = Array.from({ length: u32(stss, 4) }, (_, i) => u32(stss, 8 + 4 * i))
  // the sample entry begins 8 bytes into stsd; its own boxes stand 78 bytes after its header
  const entry = children(file, stsd.at + 8, stsd.end)[0]!
  const avcC = child(file, { at: entry.at + 78, end: entry.end }, 'avcC')
  return {
    order: top.map(({ type }) => type),
    seconds: u32(mvhd, 16) / u32(mvhd, 12),
    trackSeconds: u32(tkhd, 20) / u32(mvhd, 12),
    mediaSeconds: (u32(stts, 8) * u32(stts, 12)) / u32(mdhd, 12),
    width: u32(tkhd, 76) / 65_536,
    height: u32(tkhd, 80) / 65_536,
    codec: entry.type,
    avcProfile: file[avcC.at + 1]!,
    frames: u32(stts, 8),
    sizedFrames: sizes.length,
    chunkedFrames: frames.length,
    keyFrames,
    framesAreWhole:
      frames.every((frame, i) => isWhole(file, frame) && frame.at === (frames[i - 1]?.end ?? mdat.at)) &&
      frames.at(-1)?.end === mdat.end,
    keyFrameTypes: keyFrames.map(number => lastUnitType(file, frames[number - 1]!))
  }
}

interface Span {
  at: number
  end: number
}

function children(file: Buffer, at: number, end: number): (Span & { type: string })[] {
  const found = []
  while (at < end) {
    const length = file.readUInt32BE(at)
    found.push({ type: file.toString('latin1', at + 4, at + 8), at: at + 8, end: at + length })
    at += length
  }
  if (at !== end) throw new Error('boxes do not fill their parent')
  return found
}

function child(file: Buffer, parent: Span, type: string): Span {
  const found = children(file, parent.at, parent.end).find(box => box.type === type)
  if (!found) throw new Error(`no ${type}`)
  return found
}

/** NAL units with a length of four bytes in front (ISO/IEC 14496-15). */
function units(file: Buffer, { at, end }: Span): Span[] {
  const found = []
  while (at < end) {
    const length = file.readUInt32BE(at)
    found.push({ at: at + 4, end: at + 4 + length })
    at += 4 + length
  }
  return found
}

function isWhole(file: Buffer, frame: Span): boolean {
  const found = units(file, frame)
  return found.length > 0 && found.at(-1)!.end === frame.end && found.every(({ at, end }) => end > at)
}

function lastUnitType(file: Buffer, frame: Span): number {
  return file[units(file, frame).at(-1)!.at]! & 0x1f
}
