import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../lib/root.ts'
import { type Clip, readClip } from './clip.ts'
import type { SceneName } from './scenes.ts'

/** The aspect ratios of Kling's legacy API, cloudsway.md §3. */
export const shapes = ['16:9', '9:16', '1:1'] as const
export type Shape = (typeof shapes)[number]

const loaded = new Map<string, Clip>()

/** Returns the clip of a scene in a shape, read once from `src/sandbox/clips` in the package. */
export function clipOf(scene: SceneName, shape: Shape): Clip {
  const name = clipName(scene, shape)
  const known = loaded.get(name)
  if (known) return known
  const clip = readClip(readFileSync(join(packageRoot(), 'src/sandbox/clips', name)))
  loaded.set(name, clip)
  return clip
}

/** The images beside each clip: its first frame, and its spritesheet. */
export const pictures = ['cover', 'sheet'] as const
export type Picture = (typeof pictures)[number]

/** Returns a WebP image of a clip: of its five seconds, however long the video that is made from it. */
export function pictureOf(scene: SceneName, shape: Shape, picture: Picture): Buffer {
  return readFileSync(join(packageRoot(), 'src/sandbox/clips', pictureName(scene, shape, picture)))
}

export const pictureName = (scene: SceneName, shape: Shape, picture: Picture) =>
  clipName(scene, shape).replace('.mp4', `-${picture}.webp`)

export function clipName(scene: SceneName, shape: Shape): string {
  return `${scene}-${shape.replace(':', 'x')}.mp4`
}
