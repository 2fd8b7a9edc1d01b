import { open } from 'node:fs/promises'
import { defined } from '../lib/defined.ts'
import type { ProducedFile } from '../vendors/vendor.ts'
import { base64AsSource, boxesIn, sourceOf, type Box, type Source } from './boxes.ts'
import { fragmentTimes } from './mp4-fragments.ts'
import { readPicture } from './mp4-track.ts'

/** What an MP4 or QuickTime file says of its picture. What it does not say, or says absurdly, is absent. */
export interface Mp4Facts extends Pick<ProducedFile, 'seconds' | 'width' | 'height' | 'fps'> {
  /** a box ends beyond the file, so its end is missing */
  isCutOff: boolean
}

/**
 * Reads the header of an MP4 on disk, at its beginning or its end, and the headers of its fragments. Memory does not depend on what the file
 * says. Throws when it cannot be read, or consists of absurdly many boxes.
 */
export async function readMp4(path: string): Promise<Mp4Facts> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    return await readBoxes(sourceOf(file), size)
  } finally {
    await file.close()
  }
}

/** Returns `1280x720` of an uploaded MP4 or QuickTime video, a data URL; undefined when it does not say. */
export async function sizeOfUpload(dataUrl: string): Promise<string | undefined> {
  const base64 = dataUrl.slice(dataUrl.indexOf(',') + 1)
  const size = Buffer.byteLength(base64, 'base64')
  // a file whose header is unreadable is a file nevertheless
  const { width, height } = await readBoxes(base64AsSource(base64), size).catch(() => ({ width: 0, height: 0 }))
  return width && height ? `${width}x${height}` : undefined
}

async function readBoxes(source: Source, size: number): Promise<Mp4Facts> {
  let movie: Box | undefined
  let isCutOff = false
  const fragments: Box[] = []
  for await (const box of boxesIn(source, 0, size)) {
    if (box.type === 'moov') movie ??= box
    if (box.type === 'moof') fragments.push(box)
    isCutOff = box.end > size && topLevel.has(box.type)
  }
  return { ...(movie && !isCutOff && (await factsOf(source, movie, fragments))), isCutOff }
}

// anything else that seems to end beyond the file is not a box
const topLevel = new Set(['ftyp', 'moov', 'mdat', 'moof', 'free', 'skip', 'wide', 'sidx', 'mfra', 'meta', 'uuid'])
const LONGEST_SECONDS = 86_400

async function factsOf(source: Source, movie: Box, fragments: readonly Box[]): Promise<Omit<Mp4Facts, 'isCutOff'>> {
  const picture = await readPicture(source, movie)
  if (!picture) return {}
  const { trackId, timescale, width, height } = picture
  const fragmented = await fragmentTimes(source, { movie, fragments, trackId })
  const seconds = (picture.ticks + fragmented.ticks) / timescale
  const fps = (picture.frames + fragmented.frames) / seconds
  return defined({
    seconds: within(0.001, seconds, LONGEST_SECONDS),
    fps: within(1, fps, 1000),
    width: within(1, width, 32_768),
    height: within(1, height, 32_768)
  })
}

/** Rounds to thousandths; undefined outside the limits. NaN is outside. */
function within(least: number, value: number, most: number): number | undefined {
  return value >= least && value <= most ? Math.round(value * 1000) / 1000 : undefined
}
