import { randomFillSync } from 'node:crypto'

type Prefix =
  | 'video'
  | 'key'
  | 'chan'
  | 'att'
  | 'evt'
  | 'whk'
  | 'dlv'
  | 'led'
  | 'req'
  | 'ast'
  | 'user'
  | 'ses'
  | 'aud'
  | 'exc'
  | 'inc'
  | 'alt'
  | 'char'

let lastTime = 0
let stamp = ''
let sequence = 0

// random bytes for many ids at once: one draw costs 1.5 µs at any length
const pool = Buffer.alloc(4096)
let drawn = pool.length

/** Returns where in the pool so many fresh bytes begin. */
function draw(count: number): number {
  if (drawn + count > pool.length) {
    randomFillSync(pool)
    drawn = 0
  }
  drawn += count
  return drawn - count
}

/** Returns `video_` (or another prefix) and a UUIDv7 without dashes. `now` in milliseconds; ids of one process sort in creation order. */
export function newId(prefix: Prefix, now: number): string {
  if (now > lastTime) {
    setTime(now)
    sequence = pool.readUInt16BE(draw(2)) & 0x7ff
  } else if (++sequence > 0xfff) {
    setTime(lastTime + 1)
    sequence = 0
  }
  const at = draw(8)
  pool[at] = (pool[at]! & 0x3f) | 0x80
  const random = pool.toString('hex', at, at + 8)
  return `${prefix}_${stamp}7${sequence.toString(16).padStart(3, '0')}${random}`
}

/** Lets ids begin again at an earlier time; for tests, each of which has a clock of its own. */
export function restartIds() {
  lastTime = 0
}

function setTime(time: number) {
  lastTime = time
  stamp = time.toString(16).padStart(12, '0')
}

/** Returns a lower bound of all ids made at or after `time` (milliseconds). */
export const lowestId = (prefix: Prefix, time: number) =>
  `${prefix}_${Math.max(0, time).toString(16).padStart(12, '0')}`
