import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { clipName, type Picture, pictureName, pictures, type Shape, shapes } from '../clips.ts'
import { type SceneName, sceneNames } from '../scenes.ts'
import { drawMark } from './mark.ts'
import { pictureOf, type Size } from './picture.ts'
import { scenes } from './scenes/all.ts'
import { toYuv } from './yuv.ts'

/*
 * Renders the sandbox's clips and their images again: `npm run films`, or `npm run films -- koi 1:1` for some of them; with the word `images` only
 * the images, from the clips that are there. It needs ffmpeg 5 or later with libx264 and libwebp; the pictures are drawn here and are the same at
 * every run. All of them take a quarter of an hour of one core.
 */

const sizes = {
  '16:9': { width: 854, height: 480 },
  '9:16': { width: 480, height: 854 },
  '1:1': { width: 640, height: 640 }
} satisfies Record<Shape, Size>

const framesPerSecond = 24
const seconds = 5

const wanted = process.argv.slice(2)
const known: readonly string[] = [...sceneNames, ...shapes, 'images']
for (const word of wanted) if (!known.includes(word)) throw new Error(`${word} is none of ${known.join(', ')}`)
const chosen = <Word extends string>(words: readonly Word[]) => {
  const named = words.filter(word => wanted.includes(word))
  return named.length > 0 ? named : words
}
for (const name of chosen(sceneNames))
  for (const shape of chosen(shapes)) {
    if (!wanted.includes('images')) await render(name, shape)
    for (const picture of pictures) await draw(name, shape, picture)
  }

async function render(name: SceneName, shape: Shape): Promise<void> {
  const size = sizes[shape]
  const file = join(import.meta.dirname, '../clips', clipName(name, shape))
  const encoder = spawn('ffmpeg', [...encoding(size), file], { stdio: ['pipe', 'inherit', 'inherit'] })
  const ended = once(encoder, 'exit')
  const draw = scenes[name](size)
  const picture = pictureOf(size)
  const frames = framesPerSecond * seconds
  for (let frame = 0; frame < frames; frame++) {
    draw(picture, frame / frames)
    drawMark(picture)
    if (!encoder.stdin.write(toYuv(picture))) await once(encoder.stdin, 'drain')
  }
  encoder.stdin.end()
  const [code] = await ended
  if (code !== 0) throw new Error(`ffmpeg ended with ${code} at ${file}`)
  console.log(file)
}

/** As ffmpeg makes them of other videos (../../assets/thumbnail.ts): the first frame, and 16 frames in a grid. */
async function draw(name: SceneName, shape: Shape, picture: Picture): Promise<void> {
  const clip = join(import.meta.dirname, '../clips', clipName(name, shape))
  const file = join(import.meta.dirname, '../clips', pictureName(name, shape, picture))
  const filters = {
    cover: "scale='min(640,iw)':-2",
    sheet: `fps=16/${seconds},scale=256:256:force_original_aspect_ratio=decrease:force_divisible_by=2,tile=4x4`
  } satisfies Record<Picture, string>
  const output = ['-vf', filters[picture], '-frames:v', '1', '-map_metadata', '-1', '-threads', '1']
  const webp = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-quality', '60', '-f', 'webp', file]
  const input = ['-hide_banner', '-loglevel', 'error', '-y', '-i', clip]
  const encoder = spawn('ffmpeg', [...input, ...output, ...webp], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(encoder, 'exit')
  if (code !== 0) throw new Error(`ffmpeg ended with ${code} at ${file}`)
  console.log(file)
}

/** What ../clip.ts relies on: one H.264 track, no B-frames, one key frame at the beginning, no edit list. */
function encoding({ width, height }: Size): string[] {
  const frames = framesPerSecond * seconds
  const colors = '-color_range tv -color_primaries bt709 -color_trc bt709 -colorspace bt709'
  return [
    '-hide_banner -loglevel error -y -f rawvideo -pix_fmt yuv420p',
    `-s ${width}x${height} -r ${framesPerSecond} ${colors} -i -`,
    '-an -c:v libx264 -profile:v high -preset slower -crf 30 -bf 0 -threads 1',
    `-x264-params keyint=${frames}:min-keyint=${frames}:scenecut=0:open-gop=0:aq-mode=3:aq-strength=1.1 ${colors}`,
    '-bsf:v filter_units=remove_types=6 -fflags +bitexact -flags:v +bitexact',
    '-movflags +faststart -use_editlist 0 -map_metadata -1'
  ].flatMap(line => line.split(' '))
}
