import type { FileFacts } from '../domain/outcome.ts'
import { readMp4 } from './mp4.ts'

const readable = new Set(['video/mp4', 'video/quicktime', 'video/3gpp'])

/** Reads what a file on disk says about itself: only MP4 and QuickTime say more than their type. `isCutOff`: its end is missing. */
export async function factsOf(path: string, contentType: string): Promise<FileFacts & { isCutOff: boolean }> {
  // a file whose header is unreadable is a file nevertheless
  const facts = readable.has(contentType) ? await readMp4(path).catch(() => null) : null
  return { isCutOff: false, ...facts, contentType }
}
