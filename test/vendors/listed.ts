import type { ChannelConfig, HttpAnswer, ImageRole, Vendor, VideoRequest } from '../../src/vendors/vendor.ts'
import { draftOf, sentBy } from '../support/drafts.ts'

/* What the tests of vendors with lists and tables share. */

export const SENT_AT = Date.UTC(2026, 10, 24, 12)
export const seconds = (after = 0) => SENT_AT / 1000 + after

export const channelAt = (baseUrl: string): ChannelConfig => ({ baseUrl, credential: { api_key: 'k' }, options: {} })

export const videoOf = (model: string, rest: Partial<VideoRequest> = {}): VideoRequest => ({
  model,
  prompt: 'x',
  images: [],
  metadata: {},
  ...rest
})

export const answer = (body: unknown, status = 200): HttpAnswer => ({ status, headers: {}, body })

export const lookupContext = { reference: 'att_1', sentAt: SENT_AT }

export const imagesOf = (...roles: ImageRole[]) =>
  roles.map((role, index) => ({ source: `https://assets.example.com/${index}.png`, role }))

/** The field that a submit is refused for; null when it is sent. */
export function refusedParam(vendor: Vendor, channel: ChannelConfig, video: VideoRequest): string | null {
  const submission = vendor.submit(video, channel)
  return submission.kind === 'refuse' ? submission.param : null
}

/** The body that a submit sends, and the fields that it warns of. */
export function sentBody(vendor: Vendor, channel: ChannelConfig, video: VideoRequest) {
  const { body } = sentBy(vendor, video, channel)
  if (!body || !('json' in body)) throw new Error('no JSON')
  return { json: body.json, warned: draftOf(vendor, video, channel).warnings.map(({ field }) => field) }
}

/** A request for a size, `WxH`. */
export function sized(size: string): Partial<VideoRequest> {
  const [width = 0, height = 0] = size.split('x').map(Number)
  return { size, width, height }
}
