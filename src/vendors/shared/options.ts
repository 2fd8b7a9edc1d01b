import { z } from 'zod'
import type { ChannelConfig, SubmitContext } from '../vendor.ts'

/** Options of every channel: `check.ts` applies them, except `duration_policy`, which is applied before a vendor sees a request. */
export const generalOptions = {
  strict: z
    .boolean()
    .optional()
    .describe('false: send values that the model table rules out, and let the vendor decide'),
  duration_policy: z
    .enum(['nearest', 'up', 'refuse'])
    .optional()
    .describe(
      'what becomes of an unsupported duration, unless the key or the model says: nearest (default), up: the next longer one, refuse'
    ),
  drop_unsupported: z
    .boolean()
    .optional()
    .describe(
      'false: refuse a field that the model does not support (seed, fps, negative_prompt) instead of dropping it with a warning'
    )
}

/** The option `callback_url` of a channel. */
export const callbackUrl = z.string().optional().describe('URL that the vendor calls back, instead of this gateway')

/** Returns where the vendor calls back: the channel's `callback_url`, else the gateway; null: nowhere. */
export function callbackOf(
  { options }: Pick<ChannelConfig, 'options'>,
  { callbackUrl }: Pick<SubmitContext, 'callbackUrl'>
): string | null {
  return typeof options.callback_url === 'string' ? options.callback_url : callbackUrl
}
