import { refuse, type Refusal } from './check.ts'
import { byRole } from './images.ts'
import type { VideoRequest } from './vendor.ts'

/** For vendors where frames and references exclude each other, and a last frame needs a first one. */
export function frameRefusal(video: VideoRequest): Refusal | null {
  const { first, last, references } = byRole(video)
  if ((first ?? last) !== undefined && references.length)
    return refuse('images', 'frames and references cannot be mixed')
  if (last !== undefined && first === undefined) return refuse('image', 'a last frame needs a first frame')
  return null
}
