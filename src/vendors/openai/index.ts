import { parseLossless } from '../../lib/json.ts'
import { apiKey } from '../shared/api-key.ts'
import { soundOf } from '../shared/sound.ts'
import { below } from '../shared/base-path.ts'
import { check, refuse } from '../shared/check.ts'
import { invalidSignature } from '../shared/reasons.ts'
import { bodyOf, impliedSize, imageLimit, keptBack, rolesAreUsual, settingsOf, statement, urlsToFetch } from './body.ts'
import { collectionOf, dialectOf, options, optionsOf, type Dialect } from './dialects.ts'
import { defined } from '../../lib/defined.ts'
import { isRecord } from '../../lib/records.ts'
import { findLike, newestFirst } from './list.ts'
import { characterOf, readCharacter } from './characters.ts'
import { filmOf, readSyncSubmit, syncPath } from './sync.ts'
import { readPoll, readSubmit } from './answers.ts'
import { reworkOf, sentTo } from './rework.ts'
import { forRework } from '../shared/rework.ts'
import { verifyWebhook } from '../../lib/standard-webhooks.ts'
import { table } from '../../lib/table.ts'
import { defineVendor } from '../define.ts'
import type { Bytes, ChannelConfig, ModelSpec, Refusal, Step, VideoRequest, Warning } from '../vendor.ts'

/*
 * OpenAI's Videos API. OpenAI itself shut it down on 2026-09-24; new-api and its forks, vLLM-Omni, SGLang, LiteLLM, many resellers and
 * other reelays still serve it. How they differ: dialects.ts.
 */

interface Operation {
  id: string
  /** the collection it was created in */
  path: string
}

const officialUrl = 'https://api.openai.com'

// 4, 8, 12 (OpenAPI document), 16 and 20 (the later video guide)
const sora: ModelSpec = {
  seconds: [4, 8, 12, 16, 20],
  defaultSeconds: 4,
  ratios: ['16:9', '9:16'],
  resolutions: ['720p'],
  images: ['first'],
  audio: true,
  promptLimit: 32_000,
  reworks: ['edit', 'extend', 'remix'],
  characters: true,
  retired: { since: '2026-09-24', replacement: 'no successor' }
}
const soraPro: ModelSpec = { ...sora, ratios: ['16:9', '9:16', '7:4', '4:7'], resolutions: ['720p', '1080p'] }

const models = table<ModelSpec>({
  'sora-2': sora,
  'sora-2-2025-10-06': sora,
  'sora-2-2025-12-08': sora,
  'sora-2-pro': soraPro,
  'sora-2-pro-2025-10-06': soraPro
})

export const openai = defineVendor<Operation>({
  id: 'openai',
  name: 'OpenAI-compatible',
  baseUrl: officialUrl,
  keysUrl: 'https://platform.openai.com/api-keys',
  docsUrl: 'https://platform.openai.com/docs',
  credential: {
    fields: [
      { name: 'api_key', label: 'API key', secret: true },
      { name: 'organization', label: 'Organization', secret: false, optional: true },
      { name: 'project', label: 'Project', secret: false, optional: true }
    ],
    parse: apiKey.parse
  },
  options,
  models,
  facts: {
    source: 'OpenAI OpenAPI document (August 2026); vllm-omni docs/serving/videos_api.md; new-api as observed',
    checked: '2026-11',
    missing: 'whatever the server behind the address has',
    linkSeconds: null, // the job has `expires_at`
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: true,
    filmAtSubmit: true, // the option `sync`
    cancel: 'any', // vLLM-Omni; for the other dialects `cancel` returns null
    lookup: 'list',
    callback: 'signed'
  },

  sign(request, { credential: { api_key, organization, project } }) {
    return {
      ...request,
      headers: {
        ...request.headers,
        authorization: `Bearer ${api_key}`,
        ...(organization && { 'openai-organization': organization }),
        ...(project && { 'openai-project': project })
      }
    }
  },

  submit(video, channel) {
    const dialect = dialectOf(channel)
    const checked = checkedFor(video, channel, dialect)
    if (checked.kind === 'refuse') return checked
    if (video.source) return sentTo(collectionOf(dialect.path), reworkOf(video, video.source, checked))
    const settings = settingsOf(video, checked.seconds, dialect)
    return {
      kind: 'draft',
      warnings: [...checked.warnings, ...keptBack(video)],
      ...statement(video, models[video.model] ?? {}, checked.seconds, settings, dialect),
      ...(dialect.ownModels && models[video.model] && impliedSize(video, settings)),
      first() {
        const send = (files: Record<string, Bytes>): Step => ({
          kind: 'send',
          request: { method: 'POST', path: syncPath(dialect, channel), body: bodyOf(video, settings, dialect, files) },
          ...defined({ film: filmOf(channel) })
        })
        const urls = urlsToFetch(video, dialect)
        return urls.length ? { kind: 'fetch', urls, next: send } : send({})
      }
    }
  },

  sound: (video, channel) => {
    const dialect = dialectOf(channel)
    return soundOf(specOf(video, channel, dialect), dialect.sound)
  },
  limits: (video, channel) => specOf(video, channel, dialectOf(channel)),

  submitted(answer, _video, channel) {
    const submitted = readSubmit(answer, id => ({ id, path: dialectOf(channel).path }))
    return optionsOf(channel).sync ? readSyncSubmit(answer, submitted) : submitted
  },

  poll: ({ id, path }) => ({ method: 'GET', path: `${path}/${encodeURIComponent(id)}` }),

  polled(answer, { id, path }, channel) {
    const { content, content_auth } = optionsOf(channel)
    return readPoll(answer, channel, {
      content: { method: 'GET', path: `${collectionOf(path)}/${encodeURIComponent(id)}/content` },
      publicContent: content_auth === false,
      contentOnly: content === 'endpoint',
      ...dialectOf(channel)
    })
  },

  cancel({ id, path }, channel) {
    return dialectOf(channel).aborts ? { method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` } : null
  },

  cancelled({ status, body }) {
    return status === 200 && isRecord(body) && body.deleted === true ? { status: 'cancelled' } : { status: 'unchanged' }
  },

  // what is answered with the video is in no list
  lookup: (_video, channel) =>
    optionsOf(channel).sync ? null : { method: 'GET', path: collectionOf(dialectOf(channel).path), query: newestFirst },

  found(answer, video, channel, context) {
    const dialect = dialectOf(channel)
    const checked = checkedFor(video, channel, dialect)
    if (checked.kind === 'refuse') return { status: 'unclear' } // the options have changed since
    // the list has the whole length of an extension
    const seconds = video.source ? undefined : checked.seconds
    return findLike(answer, video, context, { seconds }, id => ({ id, path: dialect.path }))
  },

  callback({ headers, rawBody }, channel, now) {
    const { webhook_secret } = optionsOf(channel)
    if (!webhook_secret) return { status: 'refused', reason: 'the channel has no webhook_secret' }
    if (!verifyWebhook(webhook_secret, headers, rawBody, now)) return invalidSignature
    const event = parseLossless(rawBody)
    const { type, data } = isRecord(event) ? event : {}
    const ofVideo = typeof type === 'string' && type.startsWith('video.') && isRecord(data)
    return { status: 'accepted', upstreamId: ofVideo && typeof data.id === 'string' ? data.id : null }
  },

  character: {
    make: (name, video, channel) => characterOf(collectionOf(dialectOf(channel).path), name, video),
    made: readCharacter
  },

  probe: channel => ({ method: 'GET', path: `${below(channel, '/v1')}/models` })
})

/** Checks a request. Returns the refusal, or the seconds to send and the warnings. */
function checkedFor(video: VideoRequest, channel: ChannelConfig, dialect: Dialect): ReturnType<typeof check> {
  const limit = imageLimit(dialect)
  if (video.images.length > limit) return refuse('images', `this channel accepts ${limit} image per request`)
  const roles = roleWarning(video, dialect)
  if (roles && 'kind' in roles) return roles
  const { rounded, warnings } = dialect.wholeSeconds ? wholeSeconds(video) : { rounded: video, warnings: [] }
  const honoured = video.source ? [] : (['size', ...dialect.settings] as const)
  const checked = check(rounded, specOf(video, channel, dialect), channel, honoured)
  if (checked.kind === 'refuse') return checked
  return { ...checked, warnings: [...warnings, ...checked.warnings, ...(roles ? [roles] : [])] }
}

function specOf(video: VideoRequest, channel: ChannelConfig, dialect: Dialect): ModelSpec {
  const { characters } = optionsOf(channel)
  const { reworks } = dialect
  return forRework({ ...modelSpec(video, channel, dialect), ...defined({ reworks, characters }) }, video)
}

function modelSpec({ model }: VideoRequest, { baseUrl }: ChannelConfig, dialect: Dialect): ModelSpec {
  const known = dialect.ownModels ? models[model] : undefined
  if (!known) return imageLimit(dialect) === 1 ? { images: ['first'] } : {}
  if (baseUrl.startsWith(officialUrl)) return known
  // other hosts still serve it
  const { retired: _, ...spec } = known
  return spec
}

// without roles, an upstream that takes several images uses their order
function roleWarning({ images }: VideoRequest, dialect: Dialect): Warning | Refusal | null {
  if (imageLimit(dialect) === 1 || rolesAreUsual(images)) return null
  if (dialect.passThrough === 'body')
    return refuse('image_roles', 'this channel derives the roles from the number of images')
  return {
    field: 'image_roles',
    reason: 'sent in metadata; a new-api upstream ignores it, and uses the order of the images'
  }
}

function wholeSeconds(video: VideoRequest): { rounded: VideoRequest; warnings: Warning[] } {
  const { seconds } = video
  if (seconds === undefined || Number.isInteger(seconds)) return { rounded: video, warnings: [] }
  const whole = Math.max(1, Math.round(seconds))
  const reason = `this channel accepts whole seconds; ${seconds} is rounded to ${whole}`
  return { rounded: { ...video, seconds: whole }, warnings: [{ field: 'duration', reason }] }
}
