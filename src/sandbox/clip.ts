import { boxAt } from './boxes.ts'

/** The parts of a rendered clip, a loop from which videos of any length are made. */
export interface Clip {
  width: number
  height: number
  /** ticks per second */
  timescale: number
  framesPerSecond: number
  /** the body of `stsd`: the codec's own configuration (avcC) */
  description: Buffer
  /** the frames of each second; the first of all is the only key frame, the others refer to frames before them */
  seconds: readonly (readonly Buffer[])[]
}

/** Reads a clip made by render/main.ts; throws for any other file. */
export function readClip(file: Buffer): Clip {
  const track = boxAt(file, ['moov', 'trak'])
  const header = boxAt(track, ['tkhd'])
  const media = boxAt(track, ['mdia', 'mdhd'])
  const samples = boxAt(track, ['mdia', 'minf', 'stbl'])
  const timescale = media.readUInt32BE(12)
  const framesPerSecond = timescale / frameTicks(samples)
  const frames = readFrames(file, samples)
  const keyFrames = rows(boxAt(samples, ['stss']), 1).map(([frame = 0]) => frame - 1)
  const seconds = Array.from({ length: frames.length / framesPerSecond }, (_, second) =>
    frames.slice(second * framesPerSecond, (second + 1) * framesPerSecond)
  )
  if (seconds.length * framesPerSecond !== frames.length) throw new Error('the clip is not a whole number of seconds')
  if (keyFrames.length !== 1 || keyFrames[0] !== 0) throw new Error('the clip does not begin with its only key frame')
  return {
    // 16.16 fixed point, the last two fields of tkhd
    width: header.readUInt32BE(header.length - 8) >>> 16,
    height: header.readUInt32BE(header.length - 4) >>> 16,
    timescale,
    framesPerSecond,
    description: boxAt(samples, ['stsd']),
    seconds
  }
}

function frameTicks(samples: Buffer): number {
  const [first, ...others] = rows(boxAt(samples, ['stts']), 2)
  const ticks = first?.[1]
  if (!ticks || others.length > 0) throw new Error('the frames of the clip are not equally long')
  return ticks
}

/** Follows chunk offsets, samples per chunk and sample sizes (ISO/IEC 14496-12 §8.7) to the bytes of each frame. */
function readFrames(file: Buffer, samples: Buffer): Buffer[] {
  const sizes = boxAt(samples, ['stsz'])
  const chunks = rows(boxAt(samples, ['stco']), 1)
  const runs = rows(boxAt(samples, ['stsc']), 3)
  const frames: Buffer[] = []
  chunks.forEach(([offset = 0], index) => {
    const perChunk = runs.findLast(([firstChunk = 1]) => firstChunk <= index + 1)?.[1] ?? 0
    for (let taken = 0, at = offset; taken < perChunk; taken++) {
      const size = sizes.readUInt32BE(12 + frames.length * 4)
      frames.push(file.subarray(at, at + size))
      at += size
    }
  })
  return frames
}

/** Returns the rows of a table that begins with version, flags and its count. */
function rows(body: Buffer, columns: number): number[][] {
  return Array.from({ length: body.readUInt32BE(4) }, (_, row) =>
    Array.from({ length: columns }, (_, column) => body.readUInt32BE(8 + (row * columns + column) * 4))
  )
}
