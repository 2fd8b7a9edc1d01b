import { defined } from '../../lib/defined.ts'
import { secondsIn } from '../shared/billing.ts'
import { refuse } from '../shared/check.ts'
import { notSupported } from '../shared/reasons.ts'
import type { Refusal, VideoRequest } from '../vendor.ts'
import type { Values } from './workflow.ts'

/**
 * Returns the values that decide how long a video is, and the seconds of what is made (absent: unknown). `places`: what the workflow asks for,
 * with its defaults. A length that the workflow cannot be given is refused.
 */
export function lengthOf(
  { model, seconds, fps: asked }: VideoRequest,
  places: ReadonlyMap<string, string | number | undefined>
): Refusal | { kind: 'fine'; values: Values; seconds?: number } {
  // without a place for it the client's value is not sent
  const fps = places.has('fps') ? (asked ?? secondsIn(places.get('fps'))) : undefined
  if (seconds === undefined) {
    const frames = secondsIn(places.get('frames'))
    const made = frames !== undefined && fps !== undefined ? (frames - 1) / fps : secondsIn(places.get('seconds'))
    return { kind: 'fine', values: defined({ fps }), ...defined({ seconds: made }) }
  }
  if (!places.has('seconds') && !places.has('frames')) return refuse('duration', notSupported(model))
  if (places.has('frames') && fps === undefined)
    return refuse('duration', `the workflow of ${model} does not say how many frames a second has; use its own length`)
  // video models make one frame more than the length needs
  const frames = fps === undefined ? undefined : Math.round(seconds * fps) + 1
  return { kind: 'fine', values: defined({ seconds, fps, frames }), seconds }
}
