import type { KlingModel } from './models.ts'
import type { ChannelConfig, Draft, Refusal, SubmitContext, VideoRequest } from '../vendor.ts'

/** One of the two request shapes. Paths are relative to the vendor's prefix. */
export interface Shape {
  /** `/<capability>`, and the model where it is part of the path */
  path(video: VideoRequest): string
  submit(video: VideoRequest, model: KlingModel, channel: ChannelConfig, overrides: Overrides): Refusal | Sketch
  /** `by` our reference or the vendor's id */
  query(video: VideoRequest, id: string, by: 'reference' | 'id'): Address
}

/** What one vendor sends differently. */
export interface Overrides {
  /** the client's `external_task_id` is sent instead of ours */
  ownReference: boolean
  /** merged last into the top of the body */
  own: Record<string, unknown>
}

/** A draft without its path. */
export interface Sketch extends Omit<Draft, 'first' | 'model'> {
  body(context: SubmitContext): object
}

export interface Address {
  path: string
  query?: Record<string, string>
}
