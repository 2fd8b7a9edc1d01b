import type { Archive } from '../assets/archive.ts'
import { ApiError } from '../errors.ts'
import { parseRange } from '../lib/range.ts'
import type { Opened } from '../upstream/download.ts'

/** Returns a function that opens a stored file, or the part of it that a `Range` header asks for. Throws `video_expired` when it does not exist. */
export function createStoredFile(files: Pick<Archive, 'size' | 'read'>) {
  return async function openStored(name: string, contentType: string, range: string | undefined): Promise<Opened> {
    const size = await files.size(name)
    if (size === null) throw new ApiError('video_expired')
    const asked = parseRange(range, size)
    const headers = { 'content-type': contentType, 'accept-ranges': 'bytes' }
    if (asked === 'unsatisfiable')
      return { ok: false, status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } }
    const { start, end } = asked ?? { start: 0, end: size - 1 }
    return {
      ok: true,
      status: asked ? 206 : 200,
      headers: {
        ...headers,
        'content-length': String(end - start + 1),
        ...(asked && { 'content-range': `bytes ${start}-${end}/${size}` })
      },
      body: await files.read(name, { start, end })
    }
  }
}
