import type { Readable } from 'node:stream'

/** Storage of finished files. Names are ours (`video_…/0.mp4`), never a client's or a vendor's. */
export interface Archive {
  /** Stores a local file, completely or not at all. Throws when not all of its bytes arrived. */
  put(name: string, path: string, size: number, contentType: string): Promise<void>
  /** Returns a file's size in bytes; null when it does not exist. */
  size(name: string): Promise<number | null>
  /** Reads the bytes from `start` to `end`, both included. */
  read(name: string, range: { start: number; end: number }): Promise<Readable>
  /** Deletes a file; no error when it does not exist. */
  remove(name: string): Promise<void>
  /** Removes what uploads that were interrupted more than a day before `now` (milliseconds) left behind. */
  sweep(now: number): Promise<void>
}
