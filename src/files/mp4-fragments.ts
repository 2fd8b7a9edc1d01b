import { boxesIn, headerOf, type Box, type Source } from './boxes.ts'

/** Where the frames of a fragmented file are. */
interface Fragmented {
  /** the `moov` */
  movie: Box
  /** each `moof` */
  fragments: readonly Box[]
  trackId: number
}

interface Times {
  frames: number
  ticks: number
}

/** Returns how many frames the fragments hold of a track, and how long they last, in ticks (ISO/IEC 14496-12 §8.8). */
export async function fragmentTimes(source: Source, { movie, fragments, trackId }: Fragmented): Promise<Times> {
  const sum: Times = { frames: 0, ticks: 0 }
  if (fragments.length === 0) return sum
  const usual = await usualTicks(source, movie, trackId)
  for (const fragment of fragments) {
    for await (const track of boxesIn(source, fragment.start, fragment.end)) {
      if (track.type !== 'traf') continue
      let ticks: number | null = null
      for await (const box of boxesIn(source, track.start, track.end)) {
        if (box.type === 'tfhd') {
          const header = await headerOf(source, box)
          ticks = header.readUInt32BE(4) === trackId ? (ticksOf(header) ?? usual) : null
        }
        if (box.type !== 'trun' || ticks === null) continue
        const run = await readRun(source, box, ticks)
        sum.frames += run.frames
        sum.ticks += run.ticks
      }
    }
  }
  return sum
}

/** `trex`: the ticks of a frame for which nothing else is said. */
async function usualTicks(source: Source, movie: Box, trackId: number): Promise<number> {
  for await (const extension of boxesIn(source, movie.start, movie.end)) {
    if (extension.type !== 'mvex') continue
    for await (const box of boxesIn(source, extension.start, extension.end)) {
      const header = await headerOf(source, box)
      if (box.type === 'trex' && header.readUInt32BE(4) === trackId) return header.readUInt32BE(12)
    }
  }
  return 0
}

const HAS_BASE_OFFSET = 0x1
const HAS_DESCRIPTION = 0x2
const HAS_TICKS = 0x8

/** `tfhd`: the ticks of this fragment's frames; undefined: not said. */
function ticksOf(header: Buffer): number | undefined {
  const flags = header.readUInt32BE(0)
  if (!(flags & HAS_TICKS)) return undefined
  return header.readUInt32BE(8 + (flags & HAS_BASE_OFFSET ? 8 : 0) + (flags & HAS_DESCRIPTION ? 4 : 0))
}

const RUN_HAS_OFFSET = 0x1
const RUN_HAS_FIRST_FLAGS = 0x4
const RUN_FIELDS = [0x100, 0x200, 0x400, 0x800]
const RUN_HAS_TICKS = 0x100
const PIECE = 64 * 1024

/** `trun`: frames in a row; each may have ticks of its own, as the first of its fields of four bytes. */
async function readRun(source: Source, box: Box, usual: number): Promise<Times> {
  const header = await headerOf(source, box)
  const flags = header.readUInt32BE(0)
  const frames = header.readUInt32BE(4)
  if (!(flags & RUN_HAS_TICKS)) return { frames, ticks: frames * usual }
  const width = 4 * RUN_FIELDS.filter(field => flags & field).length
  const first = box.start + 8 + (flags & RUN_HAS_OFFSET ? 4 : 0) + (flags & RUN_HAS_FIRST_FLAGS ? 4 : 0)
  const end = Math.min(box.end, first + frames * width)
  const step = PIECE - (PIECE % width)
  let ticks = 0
  for (let at = first; at < end; at += step) {
    const piece = await source.read(at, Math.min(step, end - at))
    for (let offset = 0; offset + width <= piece.length; offset += width) ticks += piece.readUInt32BE(offset)
  }
  return { frames, ticks }
}
