import type {
  ChannelConfig,
  Draft,
  HttpRequest,
  Step,
  SubmitContext,
  Vendor,
  VideoRequest
} from '../../src/vendors/vendor.ts'

/* What a vendor makes of a request that it must not refuse. */

/** An attempt that nobody hears of. */
const attempt: SubmitContext = { reference: 'att_1', callbackUrl: null }

export function draftOf(vendor: Vendor, video: VideoRequest, channel: ChannelConfig): Draft {
  const submission = vendor.submit(video, channel)
  if (submission.kind === 'refuse') throw new Error(`refused ${submission.param}: ${submission.reason}`)
  return submission
}

/** The first step of an attempt. */
export const firstStep = (
  vendor: Vendor,
  video: VideoRequest,
  channel: ChannelConfig,
  context: SubmitContext = attempt
): Step => draftOf(vendor, video, channel).first(context)

/** The request of a submit that takes no other steps. */
export function sentBy(
  vendor: Vendor,
  video: VideoRequest,
  channel: ChannelConfig,
  context?: SubmitContext
): HttpRequest {
  const step = firstStep(vendor, video, channel, context)
  if (step.kind !== 'send') throw new Error(`not sent yet: ${step.kind}`)
  return step.request
}
