import { z } from 'zod'
import { fact, linkOrNone } from '../shared/answer-fields.ts'
import { apiKey } from '../shared/api-key.ts'
import { below } from '../shared/base-path.ts'
import { generateAudio, soundOf } from '../shared/sound.ts'
import { generalOptions } from '../shared/options.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, HttpRequest } from '../vendor.ts'
import { costOf, polled, refusedSubmit, type BflOperation } from './answer.ts'
import { bflPrices } from './prices.ts'
import { bflModels, PREFIX, specOf, submit } from './submit.ts'

/*
 * Black Forest Labs, FLUX 3 video. Sources: docs.bfl.ai (api-reference/utility/generate-a-video-with-flux-3, api_integration/errors and
 * integration_guidelines), help.bfl.ai (endpoints), black-forest-labs/skills (flux3-generate). Its schema is strict: an unknown field is a 422,
 * and there is none for a webhook.
 */

export const bfl = defineVendor<BflOperation>({
  id: 'bfl',
  name: 'Black Forest Labs (FLUX 3)',
  baseUrl: 'https://api.bfl.ai',
  keysUrl: 'https://dashboard.bfl.ai/get-started',
  docsUrl: 'https://docs.bfl.ai',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: bflModels,
  prices: bflPrices,
  facts: {
    source: 'docs.bfl.ai (FLUX 3 video, errors, integration guidelines)',
    checked: '2026-11-30',
    missing: 'drafts, video edit and upscale',
    linkSeconds: 7200,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: true,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, { credential }) => ({
    ...request,
    headers: { ...request.headers, 'x-key': credential.api_key ?? '' }
  }),
  submit,
  sound: video => soundOf(specOf(video), generateAudio),
  limits: specOf,

  submitted(answer, _video, channel) {
    const { data } = accepted.safeParse(answer.body)
    if (answer.status >= 300 || !data) return refusedSubmit(answer)
    const { id, polling_url: url, cost } = data
    return {
      status: 'accepted',
      operation: url && isTheirs(url, channel) ? { id, url } : { id },
      upstreamId: id,
      ...costOf({ cost })
    }
  },

  poll,
  polled,

  probe: channel => ({ method: 'GET', path: `${below(channel, PREFIX)}/credits` })
})

const accepted = z.object({ id: z.string().min(1), polling_url: linkOrNone.catch(null), cost: fact })

/** Whether a link to poll is BFL's: "it points at the region that handled the request, so do not rebuild it or swap the host". */
function isTheirs(link: string, { baseUrl }: ChannelConfig): boolean {
  const url = URL.parse(link)
  if (!url) return false
  return url.origin === URL.parse(baseUrl)?.origin || (url.protocol === 'https:' && url.hostname.endsWith('.bfl.ai'))
}

/** The credential goes only to the channel's own host; the others need none to poll. */
function poll({ id, url }: BflOperation, channel: ChannelConfig): HttpRequest {
  if (url) return { method: 'GET', path: url }
  return { method: 'GET', path: `${below(channel, PREFIX)}/get_result`, query: { id } }
}
