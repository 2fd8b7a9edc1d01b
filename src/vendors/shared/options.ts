import { z } from 'zod'
import type { ChannelConfig, SubmitContext } from '../vendor.ts'

/** Options that every channel may carry; `check.ts` obeys them. */
export const generalOptions = {
  strict: z
    .boolean()
    .optional()
    .describe('false: pass values on that the model table calls impossible; the vendor then decides'),
  duration_policy: z
    .enum(['refuse', 'up'])
    .optional()
    .describe('an impossible duration is refused (default), or raised to the next legal one with a warning'),
  drop_unsupported: z
    .boolean()
    .optional()
    .describe(
      'false: refuse a harmless field (seed, fps, negative_prompt) that the model has no place for, instead of dropping it with a warning'
    )
}

/** Where the vendor reports to: what the channel's `callback_url` names, else the gateway's own address; null: nowhere. */
export function callbackOf(
  { options }: Pick<ChannelConfig, 'options'>,
  { callbackUrl }: Pick<SubmitContext, 'callbackUrl'>
): string | null {
  return typeof options.callback_url === 'string' ? options.callback_url : callbackUrl
}
