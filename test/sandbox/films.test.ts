import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { clipName, clipOf, pictureName, pictureOf as imageOf, pictures, shapes } from '../../src/sandbox/clips.ts'
import { markAt, markBox } from '../../src/sandbox/render/mark.ts'
import { pictureOf } from '../../src/sandbox/render/picture.ts'
import { scenes } from '../../src/sandbox/render/scenes/all.ts'
import { isWebp } from '../../src/lib/webp.ts'
import { sceneNames } from '../../src/sandbox/scenes.ts'

/* The rendered clips as they lie in the repository. */

const folder = new URL('../../src/sandbox/clips/', import.meta.url)
const all = sceneNames.flatMap(scene => shapes.map(shape => [scene, shape] as const))
const run = promisify(execFile)
const hasFfmpeg = await run('ffmpeg', ['-version']).then(
  () => true,
  () => false
)

it('every scene is there in every shape, and nothing else', () => {
  const images = all.flatMap(([scene, shape]) => pictures.map(picture => pictureName(scene, shape, picture)))
  const clips = all.map(([scene, shape]) => clipName(scene, shape))
  expect(readdirSync(folder).toSorted()).toEqual([...clips, ...images].toSorted())
})

it('all of them together are small', () => {
  const sum = (extension: string) =>
    readdirSync(folder)
      .filter(name => name.endsWith(extension))
      .reduce((bytes, name) => bytes + statSync(new URL(name, folder)).size, 0)
  expect(sum('.mp4')).toBeLessThan(3_000_000)
  expect(sum('.webp')).toBeLessThan(1_000_000)
})

it.each(all)('%s in %s is five seconds of 24 frames', (scene, shape) => {
  const { width, height, framesPerSecond, seconds } = clipOf(scene, shape)
  const [across = 0, down = 0] = shape.split(':').map(Number)
  expect(width / height).toBeCloseTo(across / down, 2)
  expect([width % 2, height % 2, framesPerSecond, seconds.length]).toEqual([0, 0, 24, 5])
})

it.each(all)('%s in %s has its images', (scene, shape) => {
  for (const picture of pictures) expect(isWebp(imageOf(scene, shape, picture))).toBe(true)
})

it.each(sceneNames)('%s is drawn as a loop: the last frame leads to the first as each leads to the next', scene => {
  const size = { width: 192, height: 108 }
  const draw = scenes[scene](size)
  const [first, second, beforeLast, last] = [0, 1, 118, 119].map(frame => {
    const picture = pictureOf(size)
    draw(picture, frame / 120)
    return picture.light.map(Math.sqrt)
  }) as [Float32Array, Float32Array, Float32Array, Float32Array]
  const step = Math.max(difference(first, second), difference(beforeLast, last))
  expect(step).toBeGreaterThan(0)
  expect(difference(last, first)).toBeLessThan(step * 1.2)
})

describe.runIf(hasFfmpeg || process.env.CI)('to ffmpeg', () => {
  it.each(all)('%s in %s is sound, marked, and comes round', async (scene, shape) => {
    const { width, height } = clipOf(scene, shape)
    const { frames, complaints } = await decode(fileURLToPath(new URL(clipName(scene, shape), folder)), width * height)
    expect(complaints).toBe('')
    expect(frames).toHaveLength(4)
    const [first, second, beforeLast, last] = frames as [Buffer, Buffer, Buffer, Buffer]
    for (const frame of frames) expect(contrastOfMark(frame, width)).toBeGreaterThan(60)
    expect(difference(first, second)).toBeGreaterThan(0.05)
    expect(difference(beforeLast, last)).toBeGreaterThan(0.05)
    // the key frame removes what the encoder has left by then, of some levels of 255
    expect(difference(last, first)).toBeLessThan(2.5)
  })
})

/** Decodes all of a clip; returns the brightness of its first two and last two frames, and what ffmpeg complained about. */
async function decode(file: string, pixels: number) {
  const options = [
    '-vf',
    'select=lt(n\\,2)+gte(n\\,118)',
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-'
  ]
  const { stdout, stderr } = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', file, ...options], {
    encoding: 'buffer',
    maxBuffer: pixels * 5
  })
  const frames = Array.from({ length: stdout.length / pixels }, (_, n) => stdout.subarray(n * pixels, (n + 1) * pixels))
  return { frames, complaints: stderr.toString() }
}

/** How much brighter the strokes of the word are than what is between them. */
function contrastOfMark(frame: Buffer, width: number): number {
  const strokes: number[] = []
  const between: number[] = []
  for (let row = markBox.top; row < markBox.top + markBox.height; row++)
    for (let column = markBox.left; column < markBox.left + markBox.width; column++) {
      const covered = markAt(column, row)
      if (covered === 1) strokes.push(frame[row * width + column]!)
      if (covered === 0) between.push(frame[row * width + column]!)
    }
  return mean(strokes) - mean(between)
}

function difference(one: Buffer | Float32Array, other: Buffer | Float32Array): number {
  let sum = 0
  for (let at = 0; at < one.length; at++) sum += Math.abs(one[at]! - other[at]!)
  return sum / one.length
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
