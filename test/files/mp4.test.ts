import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { findFfmpeg } from '../../src/assets/thumbnail.ts'
import { readMp4, sizeOfUpload } from '../../src/files/mp4.ts'
import { filmOf, playableFilm } from '../support/film.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { seeded } from '../support/seeded.ts'

const folder = forEachTest(() => makeFolder('mp4'))
const path = (name: string) => join(folder.path, name)

function read(bytes: Buffer) {
  writeFileSync(path('film'), bytes)
  return readMp4(path('film'))
}

/** The bytes of a box's beginning, to be changed in place. */
const at = (film: Buffer, type: string, offset: number) => film.indexOf(type) + 4 + offset

const facts = { seconds: 3, width: 854, height: 480, fps: 24, isCutOff: false }

test('length, size and frames', async () => {
  expect(await read(playableFilm(3))).toEqual(facts)
})

test('an upload says its size, whatever number of bytes stands before its header', async () => {
  const sizes = [0, 1, 2].map(more => {
    // a box of other lengths before the rest moves everything behind it
    const free = Buffer.alloc(8 + more)
    free.writeUInt32BE(free.length)
    free.write('free', 4)
    return sizeOfUpload(`data:video/mp4;base64,${Buffer.concat([free, playableFilm(1)]).toString('base64')}`)
  })
  expect(await Promise.all(sizes)).toEqual(['854x480', '854x480', '854x480'])
  for (const bytes of [playableFilm(1).subarray(0, 500), filmOf('x'), Buffer.from('\0\0\0\x08free'.repeat(30_000))])
    expect(await sizeOfUpload(`data:video/mp4;base64,${bytes.toString('base64')}`)).toBeUndefined()
})

test('a film without a picture says nothing', async () => {
  expect(await read(filmOf('x'))).toEqual({ isCutOff: false })
})

test('a picture that is turned by 90 degrees is as wide as it is shown', async () => {
  const film = playableFilm(3)
  const matrix = at(film, 'tkhd', 40)
  const turned = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000]
  turned.forEach((value, index) => film.writeInt32BE(value, matrix + 4 * index))
  expect(await read(film)).toEqual({ ...facts, width: 480, height: 854 })
})

test('an absurd number is absent', async () => {
  const film = playableFilm(3)
  film.writeUInt32BE(0, at(film, 'mdhd', 12))
  expect(await read(film)).toEqual({ width: 854, height: 480, isCutOff: false })
})

test('what is cut off says so and nothing else, wherever it was cut', async () => {
  const film = playableFilm(1)
  for (const length of [film.length - 1, film.length - 5000, film.indexOf('mdat') + 4, 200, 40])
    expect(await read(film.subarray(0, length)), String(length)).toEqual({ isCutOff: true })
})

test('bytes after the last box are not a box that is cut off', async () => {
  expect(await read(Buffer.concat([playableFilm(3), Buffer.alloc(100, 0xff)]))).toEqual(facts)
})

test('a file of a million boxes is not read to its end', async () => {
  await expect(read(Buffer.from('\0\0\0\x08free'.repeat(1_000_000)))).rejects.toThrow('boxes')
})

test('damaged files end in facts or an error, and soon', async () => {
  const random = seeded(11)
  const film = playableFilm(1)
  const header = film.indexOf('mdat')
  for (let run = 0; run < 400; run++) {
    const damaged = Buffer.from(film)
    for (let flips = 0; flips < 1 + run / 40; flips++)
      damaged[Math.floor(random() * header)] = Math.floor(random() * 256)
    const found = await read(damaged).catch((error: unknown) => error)
    if (found instanceof Error) expect(found.message).not.toBe('')
    else
      for (const value of Object.values(found as object))
        expect(typeof value === 'boolean' || (value > 0 && value < 100_000), `run ${run}`).toBe(true)
  }
})

describe.runIf((await findFfmpeg()) || process.env.CI)('files of ffmpeg', () => {
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25:duration=2']
  // in a format without a lead-in, by which ffmpeg would shift the pictures of fragments
  const sound = ['-f', 'lavfi', '-i', 'sine=duration=2']
  test.each([
    ['moov at the end', 'mp4', []],
    ['moov at the beginning', 'mp4', ['-movflags', '+faststart']],
    ['fragments', 'mp4', ['-movflags', '+frag_keyframe+empty_moov', '-g', '10']],
    ['fragments with the movie’s length', 'mp4', ['-movflags', '+frag_every_frame+empty_moov+default_base_moof']],
    ['QuickTime', 'mov', []]
  ])('%s', async (_name, format, options) => {
    const codecs = '-c:a alac -c:v mpeg4 -pix_fmt yuv420p -map 1:a -map 0:v'.split(' ')
    await promisify(execFile)('ffmpeg', [
      '-v',
      'error',
      ...source,
      ...sound,
      ...codecs,
      ...options,
      '-f',
      format,
      path('film')
    ])
    expect(await readMp4(path('film'))).toEqual({ seconds: 2, width: 320, height: 180, fps: 25, isCutOff: false })
  })
})
