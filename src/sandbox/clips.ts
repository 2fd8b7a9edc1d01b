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

export function clipName(scene: SceneName, shape: Shape): string {
  return `${scene}-${shape.replace(':', 'x')}.mp4`
}
