import { box, fullBox, table, u32 } from './boxes.ts'
import type { Clip } from './clip.ts'

/**
 * Returns an MP4 of exactly `seconds` whole seconds, in which the clip comes round again and again; `moov` comes before `mdat`, so it
 * plays while it loads. Layout: ISO/IEC 14496-12.
 */
export function writeMp4(clip: Clip, seconds: number): Buffer {
  const played = Array.from({ length: seconds }, (_, second) => clip.seconds[second % clip.seconds.length]!)
  const type = box('ftyp', Buffer.from('isom'), u32(0x200), Buffer.from('isomiso2avc1mp41'))
  // offsets have a fixed width, so the length of `moov` does not depend on them
  const begin = type.length + movie(clip, played, 0).length + 8
  return Buffer.concat([type, movie(clip, played, begin), box('mdat', ...played.flat())])
}

type Seconds = readonly (readonly Buffer[])[]

function movie(clip: Clip, played: Seconds, begin: number): Buffer {
  const ticks = played.length * clip.timescale
  return box('moov', movieHeader(clip.timescale, ticks), track(clip, played, begin, ticks))
}

const made = [0, 0] // creation and modification time: unknown
const identity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]

function movieHeader(timescale: number, ticks: number): Buffer {
  const rateAndVolume = [0x10000, 0x1000000, 0, 0]
  const nextTrack = 2
  return fullBox('mvhd', 0, u32(...made, timescale, ticks, ...rateAndVolume, ...identity, 0, 0, 0, 0, 0, 0, nextTrack))
}

function track(clip: Clip, played: Seconds, begin: number, ticks: number): Buffer {
  const enabledInMovie = 3
  const sizes = [clip.width * 0x10000, clip.height * 0x10000]
  return box(
    'trak',
    fullBox('tkhd', enabledInMovie, u32(...made, 1, 0, ticks, 0, 0, 0, 0, ...identity, ...sizes)),
    box(
      'mdia',
      fullBox('mdhd', 0, u32(...made, clip.timescale, ticks, undetermined << 16)),
      fullBox('hdlr', 0, u32(0), Buffer.from('vide'), u32(0, 0, 0), Buffer.from('reelay sandbox\0')),
      box(
        'minf',
        fullBox('vmhd', 1, u32(0, 0)),
        box('dinf', fullBox('dref', 0, u32(1), fullBox('url ', 1))),
        sampleTable(clip, played, begin)
      )
    )
  )
}

// the language "und": three letters of five bits each, counted from 0x60 (§8.4.2.3)
const undetermined = 0x55c4

/** One chunk per second. */
function sampleTable(clip: Clip, played: Seconds, begin: number): Buffer {
  const fps = clip.framesPerSecond
  const frames = played.flat()
  let at = begin
  const rounds = Math.ceil(played.length / clip.seconds.length)
  const keyFrames = Array.from({ length: rounds }, (_, round) => [round * clip.seconds.length * fps + 1])
  const offsets = played.map(second => {
    const offset = at
    for (const frame of second) at += frame.length
    return [offset]
  })
  return box(
    'stbl',
    box('stsd', clip.description),
    fullBox('stts', 0, table([[frames.length, clip.timescale / fps]])),
    fullBox('stss', 0, table(keyFrames)),
    fullBox('stsc', 0, table([[1, fps, 1]])),
    fullBox('stsz', 0, u32(0), table(frames.map(frame => [frame.length]))),
    fullBox('stco', 0, table(offsets))
  )
}
