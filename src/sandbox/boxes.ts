/* The boxes of an MP4 (ISO/IEC 14496-12 §4.2): a length, four letters, a body. */

/** Returns the bodies of the boxes of this type, in order. Boxes over 4 GiB do not occur here. */
export function boxesIn(bytes: Buffer, type: string): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (length < 8 || at + length > bytes.length) throw new Error(`box at ${at} has an impossible length of ${length}`)
    if (bytes.toString('latin1', at + 4, at + 8) === type) found.push(bytes.subarray(at + 8, at + length))
    at += length
  }
  return found
}

/** Returns the body of the first box at a path of types, e.g. `['moov', 'trak', 'tkhd']`; throws when there is none. */
export function boxAt(bytes: Buffer, path: readonly string[]): Buffer {
  return path.reduce((inside, type) => {
    const [body] = boxesIn(inside, type)
    if (!body) throw new Error(`no ${type} in ${path.join('/')}`)
    return body
  }, bytes)
}

export function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8)
  return Buffer.concat([u32(length), Buffer.from(type, 'latin1'), ...parts], length)
}

/** Returns a box that begins with a version (always 0 here) and 24 bits of flags. */
export function fullBox(type: string, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, u32(flags), ...parts)
}

/** Returns numbers as 32 bits each, big endian. */
export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4))
  return bytes
}

/** Returns a table: its count, then its rows of 32-bit numbers. */
export function table(rows: readonly (readonly number[])[]): Buffer {
  return u32(rows.length, ...rows.flat())
}
