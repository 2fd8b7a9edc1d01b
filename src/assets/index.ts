import type { Archive } from './archive.ts'
import { openDisk } from './disk.ts'

/** Opens `file:PATH` or `s3://bucket/prefix?endpoint=…&region=…`; the S3 client is loaded only when needed. */
export async function openArchive(url: string): Promise<Archive> {
  if (url.startsWith('file:')) return openDisk(url.replace(/^file:(\/\/(?=\/))?/, ''))
  const { openS3 } = await import('./s3.ts')
  return openS3(url)
}
