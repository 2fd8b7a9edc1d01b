import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { apiKey } from '../shared/api-key.ts'
import { check, refuse, type Honoured } from '../shared/check.ts'
import { withBytes } from './bytes.ts'
import { interactionPolled, interactionStarted, omni, omniRequest, omniSettings, takesSeed } from './omni.ts'
import { frameRefusal, lastFrameRefusal } from '../shared/frames.ts'
import { googleFailure, googleRejected } from './failures.ts'
import { veoBody, veoBytes, veoExtension, veoParameters, veoPolled, veoRatios, veoSpec, veoStarted } from './veo.ts'
import { isUrl } from '../shared/images.ts'
import { callbackOf, callbackUrl, generalOptions } from '../shared/options.ts'
import { forRework, onlyMade } from '../shared/rework.ts'
import { soundOf } from '../shared/sound.ts'
import { unknownBody } from '../shared/reasons.ts'
import { table } from '../../lib/table.ts'
import { geminiPrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type { ProducedFile, ChannelConfig, ModelSpec, VideoRequest } from '../vendor.ts'

/* Google's developer API: Gemini Omni by Interactions, and Veo by its older API. Sources: ai.google.dev, @google/genai 3.1.0 (types). */

type Operation = { kind: 'interaction'; id: string } | { kind: 'veo'; name: string }

const FILE_SECONDS = 48 * 3600
const REVISION = '2026-05-20'

// ai.google.dev/gemini-api/docs/veo, read 2026-09; the default is what Vertex documents
const veo = {
  seconds: [4, 6, 8],
  defaultSeconds: 8,
  ratios: veoRatios,
  resolutions: ['720p', '1080p', '4k'],
  images: ['first', 'last', 'reference'],
  maxReferences: 3,
  audio: true,
  retired: { since: '2026-10-22', replacement: 'gemini-omni-1.1-flash' }
} as const satisfies ModelSpec

// Veo's own videos (ai.google.dev/gemini-api/docs/veo as others quote it, read 2026-11); lite is not among them
const extends7 = { ...veo, reworks: ['extend'] } as const satisfies ModelSpec
const models = table<ModelSpec>({
  'gemini-omni-1.1-flash': { ...omni, seconds: { min: 3, max: 10 } },
  'gemini-omni-1.2-flash': { ...omni, seconds: { min: 3, max: 15 } },
  'veo-3.1-generate-preview': extends7,
  'veo-3.1-fast-generate-preview': extends7,
  'veo-3.1-lite-generate-preview': veo
})

export const gemini = defineVendor<Operation>({
  id: 'gemini',
  name: 'Google Gemini API',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  keysUrl: 'https://aistudio.google.com/apikey',
  docsUrl: 'https://ai.google.dev/gemini-api/docs',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    callback_url: callbackUrl
  }),
  models,
  prices: geminiPrices,
  facts: {
    source: 'ai.google.dev (Interactions, Omni) and @google/genai 3.1.0',
    checked: '2026-11',
    linkSeconds: FILE_SECONDS,
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: false,
    // a poll of an interaction may contain the video even though a URI was requested
    inlineResults: true,
    cancel: 'any',
    lookup: 'none',
    callback: 'unsigned'
  },

  sign: (request, channel) => ({
    ...request,
    headers: {
      ...request.headers,
      'x-goog-api-key': channel.credential.api_key!,
      ...(request.path.startsWith('/interactions') && { 'api-revision': REVISION })
    }
  }),

  // neither API has a setting (others.md §2a, §2b)
  sound: video => soundOf(specOf(video)),
  limits: specOf,
  submit(video, channel) {
    const legacy = isVeo(video.model)
    const spec = specOf(video)
    const checked = check(video, spec, channel, video.source ? ['negative_prompt'] : honoured(video.model))
    if (checked.kind === 'refuse') return checked
    if (video.source && !video.source.made?.path) return onlyMade(video.source)
    // Omni's images have no roles: a frame among reference images would count as one of them
    const frames = channel.options.strict === false ? null : (legacy ? lastFrameRefusal : frameRefusal)(video)
    if (frames) return frames
    if (video.images.some(({ source }) => source.startsWith('gs://')))
      return refuse('image', 'the Gemini API does not accept gs:// URIs')
    const { warnings, seconds } = checked
    if (!legacy) {
      const { settings, warnings: overruled, ...priced } = omniSettings(video, spec, seconds)
      return {
        kind: 'draft',
        warnings: [...warnings, ...overruled],
        ...priced,
        first: context => withBytes(video, ready => omniRequest(ready, settings, callbackOf(channel, context)))
      }
    }
    // an extension has one length, and no parameter for it
    const made = veoParameters(video, spec, video.source ? undefined : seconds)
    if (made.kind === 'refuse') return made
    const { billing, unstated, parameters, warnings: overruled } = made
    const path = `/models/${encodeURIComponent(video.model)}:predictLongRunning`
    return {
      kind: 'draft',
      warnings: [...warnings, ...overruled],
      billing,
      unstated,
      first: () =>
        withBytes(video, ready => ({
          method: 'POST',
          path,
          body: { json: veoBody(ready, parameters, veoBytes, sourceIn(video, channel)) }
        }))
    }
  },

  submitted(answer, video) {
    if (answer.status >= 300) return googleRejected(answer)
    if (isVeo(video.model)) {
      const name = veoStarted.safeParse(answer.body).data?.name
      return name ? { status: 'accepted', operation: { kind: 'veo', name }, upstreamId: name } : googleRejected(answer)
    }
    const { data } = interactionStarted.safeParse(answer.body)
    if (!data) return googleRejected(answer)
    return {
      status: 'accepted',
      operation: { kind: 'interaction', id: data.id },
      upstreamId: data.id,
      ...(data.status === 'in_progress' && { running: true })
    }
  },

  poll: operation => ({
    method: 'GET',
    path: operation.kind === 'veo' ? `/${segments(operation.name)}` : pathOf(operation.id)
  }),
  polled: (answer, operation, channel) =>
    operation.kind === 'veo'
      ? veoPolled(answer, ({ uri }) => (uri ? producedFile(uri, channel) : null))
      : interactionPolled(answer, uri => producedFile(uri, channel)),

  cancel: operation =>
    operation.kind === 'veo' ? null : { method: 'POST', path: `${pathOf(operation.id)}/cancel`, body: { json: {} } },
  cancelled(answer) {
    if (answer.status >= 400) return { status: 'unchanged', failure: googleFailure(answer) }
    return interactionStarted.safeParse(answer.body).data?.status === 'cancelled'
      ? { status: 'cancelled' }
      : { status: 'unchanged' }
  },

  // signed by a JWT with rotating keys, which is not verified: the event stays a hint to poll (ai.google.dev, webhooks)
  callback({ rawBody }) {
    const { data } = event.safeParse(parseLossless(rawBody))
    return data ? { status: 'accepted', upstreamId: data.data.id } : unknownBody
  },

  probe: () => ({ method: 'GET', path: '/models', query: { pageSize: '1' } }),
  // an invalid key is a 400
  probed(answer) {
    const failure = answer.status >= 400 ? googleFailure(answer) : null
    return failure && ['auth', 'permission', 'insufficient_balance'].includes(failure.kind) ? failure : null
  }
})

const event = z.object({ type: z.string(), data: z.object({ id: z.string().min(1) }) })

function honoured(model: string): Honoured[] {
  if (isVeo(model)) return ['negative_prompt', 'size']
  return takesSeed(model) ? ['seed', 'size'] : ['size']
}

function specOf(video: VideoRequest): ModelSpec {
  const spec = forRework(models[video.model] ?? { images: omni.images }, video, veoExtension)
  return isVeo(video.model) ? veoSpec(video, spec) : spec
}

/** Returns the address of a source's file, as Veo answered it. */
function sourceIn({ source }: VideoRequest, { baseUrl }: ChannelConfig): { uri: string } | undefined {
  const path = source?.made?.path
  return path === undefined ? undefined : { uri: `${baseUrl}${path}?alt=media` }
}

const isVeo = (model: string) => model.startsWith('veo-')
const pathOf = (id: string) => `/interactions/${encodeURIComponent(id)}`
const segments = (name: string) => name.split('/').map(encodeURIComponent).join('/')

/** Returns where a file is: one of the Files API below the channel's base URL, any other by its link, with the key only at the same origin. */
function producedFile(uri: string, { baseUrl }: ChannelConfig): ProducedFile | null {
  if (!isUrl(uri)) return null
  const [, id] = /\/v1\w*\/files\/([\w-]+):download/.exec(uri) ?? []
  if (id) {
    return {
      at: { fetch: { method: 'GET', path: `/files/${id}:download`, query: { alt: 'media' } } },
      expiresInSeconds: FILE_SECONDS
    }
  }
  const auth = URL.parse(uri)?.origin === new URL(baseUrl).origin
  return { at: { url: uri, ...(auth && { auth }) }, expiresInSeconds: FILE_SECONDS }
}
