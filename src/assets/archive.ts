import type { Readable } from 'node:stream'
import { openDisk } from './disk.ts'

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

/** `file:PATH` or `s3://bucket/prefix?endpoint=…&region=…`; the S3 client is only loaded when it is wanted. */
export async function openArchive(url: string): Promise<Archive> {
  if (url.startsWith('file:')) return openDisk(url.replace(/^file:(\/\/(?=\/))?/, ''))
  const { openS3 } = await import('./s3.ts')
  return openS3(url)
}
