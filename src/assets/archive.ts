import type { Readable } from 'node:stream'

/** Where finished files are kept. Names are made by us (`video_…/0.mp4`), never by a client or a vendor. */
export interface Archive {
  /** Moves a local file in; it appears whole or not at all. Throws when it did not arrive with all its bytes. */
  put(name: string, path: string, size: number, contentType: string): Promise<void>
  /** Bytes; null when there is no such file. */
  size(name: string): Promise<number | null>
  /** The bytes from `start` to `end`, both included. */
  read(name: string, range: { start: number; end: number }): Promise<Readable>
  /** No error when it is gone already. */
  remove(name: string): Promise<void>
  /** Removes what interrupted uploads left behind. */
  sweep(now: number): Promise<void>
}
