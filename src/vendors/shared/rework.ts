import { defined } from '../../lib/defined.ts'
import { refuse } from './check.ts'
import type { ModelSpec, Refusal, SourceVideo, VideoRequest } from '../vendor.ts'

/* A video that is made from another: what its model's table allows then, and where the vendor finds the other. */

/** Returns a model's table for a request: with a source no images, and of lengths only those of an extension. */
export function forRework<Spec extends ModelSpec>(
  spec: Spec,
  { source }: VideoRequest,
  extension: Lengths = spec
): Spec {
  if (!source) return spec
  const { seconds: _, defaultSeconds: __, ...others } = spec
  const { seconds, defaultSeconds } = source.rework === 'extend' ? extension : {}
  // true because it has what all tables have in common
  return { ...others, images: [], ...defined({ seconds, defaultSeconds }) } as unknown as Spec
}

type Lengths = Pick<ModelSpec, 'seconds' | 'defaultSeconds'>

/** Refuses a source that the channel did not make itself. */
export const onlyMade = ({ rework }: SourceVideo): Refusal =>
  refuse('video', `this channel can only ${rework} a video that it made`)

/** Refuses a source whose file no vendor can reach. */
export const unreachable: Refusal = refuse(
  'video',
  'its file cannot be reached by the vendor; the operator can set PUBLIC_URL, or send the file itself'
)

/** Why a vendor that takes the model from the video cannot take another. */
export const notItsMaker = (model: string) => `${model} did not make this video; leave the model out`
