import { refuse } from './check.ts'
import { byRole } from './images.ts'
import { images, requires } from './reasons.ts'
import type { Refusal, VideoRequest } from '../vendor.ts'

/** For vendors that require a first frame with a last one. */
export function lastFrameRefusal(video: VideoRequest): Refusal | null {
  const { first, last } = byRole(video)
  return last !== undefined && first === undefined ? refuse('image', requires('a last frame', images.first)) : null
}

/** For vendors where frames and references exclude each other. */
export function mixedRefusal(video: VideoRequest): Refusal | null {
  const { first, last, references } = byRole(video)
  const mixed = (first ?? last) !== undefined && references.length > 0
  return mixed ? refuse('images', 'first and last frames cannot be combined with reference images') : null
}

/** For vendors where both apply. */
export const frameRefusal = (video: VideoRequest): Refusal | null => lastFrameRefusal(video) ?? mixedRefusal(video)
