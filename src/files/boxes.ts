import type { FileHandle } from 'node:fs/promises'

/* The boxes of an MP4 (ISO/IEC 14496-12 §4.2), read in place: a header of 8 or 16 bytes each, never a body as a whole. */

export interface Box {
  type: string
  /** of the body */
  start: number
  end: number
}

/** A file that is read in pieces. The number of reads is limited, because the file decides how many there are. */
export interface Source {
  /** Returns up to `length` bytes from `at`: fewer at the end of the file. */
  read(at: number, length: number): Promise<Buffer>
}

/** Reads a file that is in memory as base64, which is never decoded as a whole. Reading throws as for a file. */
export function base64AsSource(base64: string): Source {
  const take = counted()
  return {
    async read(at, length) {
      take()
      // four characters are three bytes
      const skipped = at % 3
      const from = ((at - skipped) / 3) * 4
      const characters = Math.ceil((skipped + length) / 3) * 4
      return Buffer.from(base64.slice(from, from + characters), 'base64').subarray(skipped, skipped + length)
    }
  }
}

const MOST_READS = 20_000

/** Reading throws when the file has more pieces than any real video. */
export function sourceOf(file: FileHandle): Source {
  const take = counted()
  return {
    async read(at, length) {
      take()
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
      return buffer.subarray(0, bytesRead)
    }
  }
}

function counted() {
  let reads = 0
  return () => {
    if (++reads > MOST_READS) throw new Error(`an MP4 of more than ${MOST_READS} boxes`)
  }
}

/** Returns the boxes between two positions, in order, up to the first that has no valid header. The last one may end beyond `to`. */
export async function* boxesIn(source: Source, from: number, to: number): AsyncGenerator<Box> {
  for (let at = from; at + 8 <= to;) {
    const header = await source.read(at, 16)
    if (header.length < 8) return
    const type = header.toString('latin1', 4, 8)
    const short = header.readUInt32BE(0)
    const isLong = short === 1 && header.length === 16
    const length = short === 0 ? to - at : isLong ? Number(header.readBigUInt64BE(8)) : short
    const start = at + (isLong ? 16 : 8)
    if (at + length < start || !/^[\w ©-]{4}$/.test(type)) return
    yield { type, start, end: at + length }
    at += length
  }
}

/** Returns the first box along a path of types; undefined when there is none. */
export async function boxAt(source: Source, parent: Box, path: readonly string[]): Promise<Box | undefined> {
  const [type, ...rest] = path
  if (type === undefined) return parent
  for await (const box of boxesIn(source, parent.start, parent.end))
    if (box.type === type) return boxAt(source, box, rest)
  return undefined
}

// the longest that is read of a body: a `tkhd` of version 1
const HEADER = 96

/** Returns the beginning of the body of the first box along a path, with zeros beyond its end; undefined when there is none. */
export async function headerAt(source: Source, parent: Box, path: readonly string[]): Promise<Buffer | undefined> {
  const box = await boxAt(source, parent, path)
  return box && headerOf(source, box)
}

/** Returns the beginning of a box's body, with zeros beyond its end. */
export async function headerOf(source: Source, { start, end }: Box): Promise<Buffer> {
  const header = Buffer.alloc(HEADER)
  const body = await source.read(start, Math.min(end - start, HEADER))
  body.copy(header)
  return header
}
