import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../lib/root.ts'
import { type Clip, readClip } from './clip.ts'

/** The aspect ratios of Kling's legacy API, cloudsway.md §3. */
export const shapes = ['16:9', '9:16', '1:1'] as const
export type Shape = (typeof shapes)[number]

const loaded = new Map<Shape, Clip>()

/** Returns the clip of a shape, read once from `src/sandbox/clips` in the package. */
export function clipOf(shape: Shape): Clip {
  const known = loaded.get(shape)
  if (known) return known
  const clip = readClip(readFileSync(join(packageRoot(), 'src/sandbox/clips', `${shape.replace(':', 'x')}.mp4`)))
  loaded.set(shape, clip)
  return clip
}
