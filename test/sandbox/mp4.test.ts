import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readClip } from '../../src/sandbox/clip.ts'
import { clipName, clipOf, type Shape } from '../../src/sandbox/clips.ts'
import { writeMp4 } from '../../src/sandbox/mp4.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { readMp4 } from './read-mp4.ts'

const run = promisify(execFile)
const folder = forAllTests(() => makeFolder('mp4'))

const sizes: [Shape, number, number][] = [
  ['16:9', 854, 480],
  ['9:16', 480, 854],
  ['1:1', 640, 640]
]
// a clip is five seconds long: 3 and 12 end within it, 10 and 60 with it
const cases = sizes.flatMap(([shape, width, height]) =>
  [1, 3, 5, 10, 12, 60].map(s => [shape, s, width, height] as const)
)

describe('a written MP4', () => {
  it.each(cases)('%s of %i s has exactly its length, size and frames', (shape, seconds, width, height) => {
    const file = writeMp4(clipOf('koi', shape), seconds)
    expect(readMp4(file)).toEqual({
      order: ['ftyp', 'moov', 'mdat'],
      seconds,
      trackSeconds: seconds,
      mediaSeconds: seconds,
      width,
      height,
      codec: 'avc1',
      avcProfile: 100,
      frames: seconds * 24,
      sizedFrames: seconds * 24,
      chunkedFrames: seconds * 24,
      keyFrames: Array.from({ length: Math.ceil(seconds / 5) }, (_, round) => round * 5 * 24 + 1),
      framesAreWhole: true,
      keyFrameTypes: Array.from({ length: Math.ceil(seconds / 5) }, () => 5)
    })
  })

  it('shows another picture every second of the clip', () => {
    const clip = clipOf('koi', '1:1')
    expect(new Set(clip.seconds.map(frames => frames[0]!.toString('base64'))).size).toBe(5)
  })

  it('reads back as the clip it was made of', () => {
    const clip = clipOf('koi', '9:16')
    expect(readClip(writeMp4(clip, clip.seconds.length))).toEqual(clip)
  })
})

describe('a clip', () => {
  const koi = () => readFileSync(new URL(`../../src/sandbox/clips/${clipName('koi', '1:1')}`, import.meta.url))

  it('is refused when it is cut short', () => {
    expect(() => readClip(koi().subarray(0, 700))).toThrow('impossible length')
  })

  it('is refused when it does not begin with its key frame', () => {
    const file = koi()
    file.writeUInt32BE(2, file.indexOf('stss') + 4 + 8)
    expect(() => readClip(file)).toThrow('only key frame')
  })
})

describe.skipIf(!(await isThere('ffprobe')) || !(await isThere('ffmpeg')))('ffmpeg', () => {
  it.each(cases.filter(([, seconds]) => seconds < 60))(
    'plays %s of %i s without a word',
    async (shape, seconds, width, height) => {
      const path = join(folder.path, `${shape.replace(':', 'x')}-${seconds}.mp4`)
      writeFileSync(path, writeMp4(clipOf('koi', shape), seconds))
      const entries = 'stream=codec_name,profile,pix_fmt,width,height,nb_read_frames:format=duration'
      const { stdout } = await run('ffprobe', [
        '-v',
        'error',
        '-count_frames',
        '-show_entries',
        entries,
        '-of',
        'json',
        path
      ])
      expect(JSON.parse(stdout)).toMatchObject({
        streams: [
          { codec_name: 'h264', profile: 'High', pix_fmt: 'yuv420p', width, height, nb_read_frames: `${seconds * 24}` }
        ],
        format: { duration: `${seconds}.000000` }
      })
      const played = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-'])
      expect(played.stderr).toBe('')
    }
  )
})

async function isThere(program: string): Promise<boolean> {
  return await run(program, ['-version']).then(
    () => true,
    () => false
  )
}
