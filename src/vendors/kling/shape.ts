import type { Refusal } from '../shared/check.ts'
import type { KlingModel } from './models.ts'
import type { ChannelConfig, SubmitContext, VideoRequest, Warning } from '../vendor.ts'

/** One of the two request shapes. Paths follow the vendor's prefix. */
export interface Shape {
  /** `/<capability>`, with the model where the shape has it there */
  path(video: VideoRequest): string
  submit(video: VideoRequest, model: KlingModel, channel: ChannelConfig, asked: Asked): Refusal | Draft
  /** `by` our reference or the vendor's id */
  query(video: VideoRequest, id: string, by: 'reference' | 'id'): Address
}

/** What goes into the body beside the client's wishes. */
export interface Asked extends Pick<SubmitContext, 'reference' | 'callbackUrl'> {
  /** merged in last, at the top of the body */
  own?: Record<string, unknown>
}

export interface Draft {
  kind: 'draft'
  body: object
  warnings: readonly Warning[]
}

export interface Address {
  path: string
  query?: Record<string, string>
}
