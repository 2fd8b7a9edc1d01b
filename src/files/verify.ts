import type { Readable } from 'node:stream'
import { parseRange } from '../lib/range.ts'
import { BEGINNING } from '../lib/video-type.ts'
import type { Opened } from '../upstream/download.ts'
import { readNetworkError, UpstreamError } from '../upstream/upstream-error.ts'
import { cutOut, peek } from './body.ts'
import { judgeImage, judgePart, judgeVideo, type Verdict } from './judge.ts'

/** What was requested: an image or a video, and which range of it (a valid `Range` header). */
export interface Expected {
  variant: 'video' | 'thumbnail'
  range?: string | undefined
}

/**
 * Checks that a vendor's answer is the file, and makes its status and headers true: a range is served also when the vendor ignored it, as long
 * as the length is known. Returns the file, or a 416. Throws UpstreamError with the vendor's status, or with `not_the_file`.
 */
export async function verify(opened: Opened, { variant, range }: Expected): Promise<Opened> {
  const { status, headers } = opened
  if (!opened.ok) {
    // an empty file has no range that could be satisfied
    if (status === 416 && range !== undefined && !headers['content-range']?.endsWith('/0')) return opened
    throw new UpstreamError(`the vendor answered HTTP ${status} for the file`, { sent: true, status })
  }
  const declared = headers['content-type']
  const begin = status === 200 ? 0 : status === 206 && range !== undefined ? beginOf(headers['content-range']) : null
  if (begin === null) throw notTheFile(opened.body, `the vendor answered HTTP ${status} instead of the requested file`)
  if (begin > 0) return part(opened, accepted(opened.body, judgePart(declared)))

  const { head, body } = await peek(opened.body, BEGINNING).catch((cause: unknown) => {
    throw new UpstreamError(`the file broke off: ${readNetworkError(cause, true).text}`, { sent: true, cause })
  })
  const judge = variant === 'video' ? judgeVideo : judgeImage
  const file = { ...opened, body }
  const type = accepted(opened.body, judge(head, declared))
  return status === 206 ? part(file, type) : whole(file, type, range)
}

type OpenedFile = Opened & { ok: true }

function part({ headers, body }: OpenedFile, type: string): Opened {
  return { ok: true, status: 206, headers: { ...headers, 'content-type': type, 'accept-ranges': 'bytes' }, body }
}

function whole({ headers: given, body }: OpenedFile, type: string, range: string | undefined): Opened {
  const { 'content-range': _, ...headers } = given
  const size = sizeOf(headers)
  // without a length neither the vendor nor we can say what a range is a part of
  const ranges = size !== null || headers['accept-ranges'] === 'bytes' ? 'bytes' : 'none'
  const asked = size === null ? null : parseRange(range, size)
  if (asked === 'unsatisfiable') {
    body.destroy()
    return { ok: false, status: 416, headers: { 'content-range': `bytes */${size}` } }
  }
  const described = { ...headers, 'content-type': type, 'accept-ranges': ranges }
  if (asked === null) return { ok: true, status: 200, headers: described, body }
  const { start, end } = asked
  return {
    ok: true,
    status: 206,
    headers: {
      ...described,
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${size}`
    },
    body: cutOut(body, asked)
  }
}

/** Returns the length that an answer announces, in bytes; null: none. */
export function sizeOf(headers: Record<string, string>): number | null {
  const length = headers['content-length']
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : null
}

/** Returns the first byte of a `Content-Range`; null when there is none. */
function beginOf(header: string | undefined): number | null {
  const [, start] = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(header ?? '') ?? []
  return start === undefined ? null : Number(start)
}

function accepted(body: Readable, verdict: Verdict): string {
  if ('type' in verdict) return verdict.type
  throw notTheFile(body, verdict.problem)
}

function notTheFile(body: Readable, message: string): UpstreamError {
  body.destroy()
  return new UpstreamError(message, { sent: true, problem: 'not_the_file' })
}
