import { refuse, type Refusal } from './check.ts'
import { byRole } from './images.ts'
import type { VideoRequest } from './vendor.ts'

/** For vendors where frames and references exclude each other. */
export function mixedRefusal(video: VideoRequest): Refusal | null {
  const { first, last, references } = byRole(video)
  const mixed = (first ?? last) !== undefined && references.length > 0
  return mixed ? refuse('images', 'frames and references cannot be mixed') : null
}

/** And for those where a last frame also needs a first one. */
export function frameRefusal(video: VideoRequest): Refusal | null {
  const { first, last } = byRole(video)
  if (last !== undefined && first === undefined) return refuse('image', 'a last frame needs a first frame')
  return mixedRefusal(video)
}
