import type { KlingModel } from './models.ts'
import type { ChannelConfig, Draft, Refusal, SubmitContext, VideoRequest } from '../vendor.ts'

/** One of the two request shapes. Paths follow the vendor's prefix. */
export interface Shape {
  /** `/<capability>`, with the model where the shape has it there */
  path(video: VideoRequest): string
  submit(video: VideoRequest, model: KlingModel, channel: ChannelConfig, wishes: Wishes): Refusal | Sketch
  /** `by` our reference or the vendor's id */
  query(video: VideoRequest, id: string, by: 'reference' | 'id'): Address
}

/** What a vendor that speaks the wire does of its own. */
export interface Wishes {
  /** the client's `external_task_id` stands in the place of ours */
  ownReference: boolean
  /** merged in last, at the top of the body */
  own: Record<string, unknown>
}

/** A draft without its address. */
export interface Sketch extends Omit<Draft, 'first' | 'model'> {
  body(context: SubmitContext): object
}

export interface Address {
  path: string
  query?: Record<string, string>
}
