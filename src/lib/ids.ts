import { randomBytes } from 'node:crypto'

type Prefix = 'video' | 'key' | 'chan' | 'att' | 'evt' | 'whk' | 'dlv' | 'led' | 'req' | 'ast'

let lastTime = 0
let sequence = 0

/** `video_` + a UUIDv7 without dashes; ids of one process sort in the order they were made. */
export function newId(prefix: Prefix, now: number): string {
  if (now > lastTime) {
    lastTime = now
    sequence = randomBytes(2).readUInt16BE() & 0x7ff
  } else if (++sequence > 0xfff) {
    lastTime++
    sequence = 0
  }
  const time = lastTime.toString(16).padStart(12, '0')
  const random = randomBytes(8)
  random[0] = (random[0]! & 0x3f) | 0x80
  return `${prefix}_${time}7${sequence.toString(16).padStart(3, '0')}${random.toString('hex')}`
}

/** Below every id made at or after `time`. */
export const lowestId = (prefix: Prefix, time: number) =>
  `${prefix}_${Math.max(0, time).toString(16).padStart(12, '0')}`
