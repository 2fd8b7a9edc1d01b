import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

// by PATH: a process asks once
const known = new Map<string | undefined, Promise<boolean>>()

/** Whether ffmpeg is installed; it is optional. */
export function findFfmpeg(): Promise<boolean> {
  const path = process.env.PATH
  const found =
    known.get(path) ??
    run('ffmpeg', ['-version'], { timeout: 5000 }).then(
      () => true,
      () => false
    )
  known.set(path, found)
  return found
}

// by media type: with a demuxer named, a file that poses as a video (a playlist, a list of files) is not read as what it is
const demuxers: Readonly<Record<string, string>> = {
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/3gpp': 'mov',
  'video/webm': 'matroska',
  'video/x-matroska': 'matroska',
  'video/mp2t': 'mpegts',
  'video/mpeg': 'mpeg',
  'video/x-msvideo': 'avi'
}

// frames in a row of a spritesheet, and rows; OpenAI publishes no layout of its own
const SHEET = 4
const SECONDS = 30
const MEMORY_KB = 1024 * 1024
const OUTPUT_KB = 8 * 1024
// 8K
const MAX_PIXELS = 7680 * 4320

/** Writes a video's first frame as a WebP image, at most 640 pixels wide. `contentType` and errors as in `draw`. */
export const firstFrame = (video: string, image: string, contentType: string): Promise<void> =>
  draw(video, image, contentType, "scale='min(640,iw)':-2")

/**
 * Writes a spritesheet of a video as a WebP image: 16 frames at even distances, row by row in a grid of 4 × 4, each 256 pixels on its longer side.
 * `seconds`: how long the video is; null: unknown, and it has a frame of each second. `contentType` and errors as in `draw`.
 */
export function spritesheet(video: string, image: string, contentType: string, seconds: number | null): Promise<void> {
  const rate = seconds === null ? '1' : `${SHEET * SHEET * 1000}/${Math.max(1, Math.round(seconds * 1000))}`
  const frame = 'scale=256:256:force_original_aspect_ratio=decrease:force_divisible_by=2'
  return draw(video, image, contentType, `fps=${rate},${frame},tile=${SHEET}x${SHEET}`)
}

/**
 * Writes the first image that a filter makes of a video as WebP. `contentType` decides how it is read. Throws for types that are not known, and
 * when ffmpeg fails, or needs more than 30 seconds or 1 GB. ffmpeg is a process of its own, opens no other file and no connection.
 */
async function draw(video: string, image: string, contentType: string, filter: string): Promise<void> {
  const demuxer = demuxers[contentType]
  if (demuxer === undefined) throw new Error(`no frames of ${contentType}`)
  const read = ['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-max_pixels', String(MAX_PIXELS)]
  const input = ['-threads', '1', '-f', demuxer, '-i', `file:${video}`]
  const write = ['-frames:v', '1', '-an', '-sn', '-dn', '-vf', filter, '-threads', '1']
  const ffmpeg = ['ffmpeg', '-nostdin', '-v', 'error', '-y', ...read, ...input, ...write, '-f', 'webp', `file:${image}`]
  await run('/bin/sh', ['-c', limited, 'sh', ...ffmpeg], {
    timeout: SECONDS * 1000,
    killSignal: 'SIGKILL',
    // ffmpeg needs nothing else, and our environment has secrets
    env: { PATH: process.env.PATH }
  })
}

// address space and written files in KiB or blocks of 512 bytes, processor time in seconds; a system that knows one of them not goes without it
const limited = [`ulimit -v ${MEMORY_KB}`, `ulimit -t ${SECONDS}`, `ulimit -f ${OUTPUT_KB * 2}`]
  .map(limit => `${limit} 2>/dev/null; `)
  .concat('exec "$@"')
  .join('')
