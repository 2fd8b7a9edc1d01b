import { clipOf } from '../../src/sandbox/clips.ts'
import { writeMp4 } from '../../src/sandbox/mp4.ts'

/** A file that passes for an MP4: its type, then media data that is this text, `times` over. It has no picture. */
export function filmOf(text: string, times = 1): Buffer {
  const data = Buffer.from(text.repeat(times))
  return Buffer.concat([
    Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'),
    lengthOf(8 + data.length),
    Buffer.from('mdat'),
    data
  ])
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}

/** The beginning of an MP4 whose length nobody says. */
export const filmBeginning = filmOf('').subarray(0, 24)

/** What the fake vendor sends for every video. */
export const smallFilm = filmOf('a small file that stands for a video', 100)

/** A real MP4 of 854×480 at 24 frames a second, as the sandbox makes it. */
export const playableFilm = (seconds: number): Buffer => writeMp4(clipOf('river', '16:9'), seconds)
