import { z } from 'zod'
import { apiKey } from '../shared/api-key.ts'
import {
  at,
  inVideoWords,
  jobBody,
  jobSettings,
  jobsPath,
  mostVariants,
  readJob,
  sizeWarning,
  sora1,
  type AzureApi
} from './azure-jobs.ts'
import { check, refuse } from '../shared/check.ts'
import { isUrl } from '../shared/images.ts'
import { readPoll, readSubmit } from './answers.ts'
import { characterOf, readCharacter } from './characters.ts'
import { reworkOf, sentTo } from './rework.ts'
import { forRework } from '../shared/rework.ts'
import { bodyOf, keptBack, settingsOf, statement, urlsToFetch } from './body.ts'
import type { Dialect } from './dialects.ts'
import { findLike, newestFirst } from './list.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { defineVendor } from '../define.ts'
import type { Bytes, ChannelConfig, HttpRequest, ModelSpec, Step, VideoRequest } from '../vendor.ts'

/*
 * Sora on Azure: the v1 videos API (OpenAI's Videos API under /openai/v1, sora-2) and the older preview jobs API (Sora 1). Retired on
 * 2026-09-15. Sources: MicrosoftDocs azure-ai-docs, openai/concepts/video-generation.md and video-generation-quickstart.md.
 */

interface Operation {
  id: string
  api: AzureApi
}

const options = z.strictObject({
  ...generalOptions,
  dialect: z
    .enum(['azure-v1', 'azure-jobs'])
    .optional()
    .describe('azure-v1: /openai/v1/videos, sora-2 (default); azure-jobs: the preview jobs API of Sora 1'),
  auth: z
    .enum(['api-key', 'entra'])
    .optional()
    .describe(
      'entra: the credential is a Microsoft Entra access token for https://cognitiveservices.azure.com, not an API key'
    ),
  characters: z
    .boolean()
    .optional()
    .describe('true: azure-v1 makes characters (`/videos/characters`), and its deployments take them')
})
type Options = z.infer<typeof options>

// deployments have arbitrary names, so these are the general rules of each API
const sora2: ModelSpec = {
  seconds: [4, 8, 12],
  defaultSeconds: 4,
  ratios: ['16:9', '9:16'],
  resolutions: ['720p'],
  images: ['first'],
  audio: true,
  // "video (generated) → video" (video-generation.md): a remix; the Foundry REST reference has edits, too
  reworks: ['edit', 'remix']
}
const retired = { since: '2026-09-15', replacement: 'no successor' }

// text goes as JSON; an image only as a file in a form ("Input reference | File")
const v1: Dialect = {
  path: '/videos',
  body: 'json',
  duration: 'seconds',
  images: { json: 'object', multipart: 'file' },
  settings: [],
  passThrough: 'body',
  exact: true
}

export const azure = defineVendor<Operation>({
  id: 'azure',
  name: 'Azure OpenAI (Sora)',
  // a placeholder: every resource has its own host
  baseUrl: 'https://resource.openai.azure.invalid',
  credential: {
    fields: [{ name: 'api_key', label: 'API key or Entra access token', secret: true }],
    parse: apiKey.parse
  },
  options,
  models: { 'sora-2': { ...sora2, retired }, sora: { ...sora1, retired } },
  facts: {
    source: 'MicrosoftDocs azure-ai-docs: openai/concepts/video-generation.md, video-generation-quickstart.md',
    checked: '2026-11',
    missing: 'deployments have names of their own',
    linkSeconds: 24 * 3600,
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: true,
    cancel: 'any', // only jobs; for v1 `cancel` returns null
    lookup: 'list',
    callback: 'none'
  },

  sign(request, channel) {
    const { api_key = '' } = channel.credential
    const credential: Record<string, string> =
      optionsOf(channel).auth === 'entra' ? { authorization: `Bearer ${api_key}` } : { 'api-key': api_key }
    return { ...request, headers: { ...request.headers, ...credential } }
  },

  submit(video, channel) {
    const api = apiOf(channel)
    const checked = checkedFor(video, channel)
    if (checked.kind === 'refuse') return checked
    if (video.images.length > 1) return refuse('images', 'Azure OpenAI accepts one image per request')
    if (video.source) {
      const { path } = at(channel, api, { method: 'POST', path: v1.path })
      return sentTo(path, reworkOf(video, video.source, checked))
    }
    const { seconds, warnings } = checked
    if (api === 'azure-jobs') {
      const { settings, ...priced } = jobSettings(video, seconds)
      return {
        kind: 'draft',
        warnings: [...warnings, ...keptBack(video), ...sizeWarning(video)],
        ...priced,
        first: () =>
          withFiles(video.images.map(({ source }) => source).filter(isUrl), files =>
            at(channel, api, { method: 'POST', path: jobsPath, body: jobBody(video, settings, files) })
          )
      }
    }
    const form: Dialect = { ...v1, body: video.images.length ? 'multipart' : 'json' }
    const settings = settingsOf(video, seconds, form)
    return {
      kind: 'draft',
      warnings: [...warnings, ...keptBack(video)],
      ...statement(video, sora2, seconds, settings, form),
      first: () =>
        withFiles(urlsToFetch(video, form), files =>
          at(channel, api, { method: 'POST', path: v1.path, body: bodyOf(video, settings, form, files) })
        )
    }
  },

  sound: (_video, channel) => soundOf(specOf(channel)),
  limits: (video, channel) => forRework(specOf(channel), video),
  submitted: (answer, _video, channel) => readSubmit(answer, id => ({ id, api: apiOf(channel) })),

  poll({ id, api }, channel) {
    const collection = api === 'azure-v1' ? v1.path : jobsPath
    return at(channel, api, { method: 'GET', path: `${collection}/${encodeURIComponent(id)}` })
  },

  polled(answer, { id, api }, channel) {
    if (api === 'azure-jobs') return readJob(answer, channel)
    const path = `${v1.path}/${encodeURIComponent(id)}/content`
    return readPoll(answer, channel, {
      content: at(channel, api, { method: 'GET', path }),
      contentOnly: true,
      exact: true
    })
  },

  cancel({ id, api }, channel) {
    if (api === 'azure-v1') return null
    return at(channel, api, { method: 'DELETE', path: `${jobsPath}/${encodeURIComponent(id)}` })
  },

  cancelled: ({ status }) => (status === 204 || status === 200 ? { status: 'cancelled' } : { status: 'unchanged' }),

  lookup(_video, channel) {
    const api = apiOf(channel)
    return at(channel, api, { method: 'GET', path: api === 'azure-v1' ? v1.path : jobsPath, query: newestFirst })
  },

  found(answer, video, channel, context) {
    const api = apiOf(channel)
    const checked = checkedFor(video, channel)
    if (checked.kind === 'refuse') return { status: 'unclear' } // the options have changed since
    // v1 lists the model of the deployment, not the deployment's name
    const sent = { seconds: video.source ? undefined : checked.seconds, sameModel: api === 'azure-jobs' }
    return findLike(inVideoWords(answer), video, context, sent, id => ({ id, api }))
  },

  character: {
    make: (name, video, channel) => at(channel, 'azure-v1', characterOf(v1.path, name, video)),
    made: readCharacter
  },

  probe: channel => at(channel, 'azure-v1', { method: 'GET', path: '/models' })
})

/** Returns the step that sends the request once the images at `urls` are downloaded. */
function withFiles(urls: readonly string[], request: (files: Record<string, Bytes>) => HttpRequest): Step {
  const send = (files: Record<string, Bytes>): Step => ({ kind: 'send', request: request(files) })
  return urls.length ? { kind: 'fetch', urls, next: send } : send({})
}

// true because a channel's options were parsed by `options` when it was stored
const optionsOf = (channel: ChannelConfig) => channel.options as Options

const apiOf = (channel: ChannelConfig) => optionsOf(channel).dialect ?? 'azure-v1'

function checkedFor(video: VideoRequest, channel: ChannelConfig): ReturnType<typeof check> {
  // whatever its name, a deployment is of Sora, and all of Sora is retired
  const spec = { ...forRework(specOf(channel), video), retired }
  return check(
    video,
    apiOf(channel) === 'azure-v1' ? spec : { ...spec, maxVideos: mostVariants(video) },
    channel,
    video.source ? [] : ['size']
  )
}

function specOf(channel: ChannelConfig): ModelSpec {
  if (apiOf(channel) !== 'azure-v1') return sora1
  return optionsOf(channel).characters ? { ...sora2, characters: true } : sora2
}
