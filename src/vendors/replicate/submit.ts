import { z } from 'zod'
import { check, refuse } from '../shared/check.ts'
import {
  honouredBy,
  imageRefusal,
  inputOf,
  needsSchema,
  noImages,
  ownProfile,
  settingsOf,
  type FieldProfile
} from '../shared/field-profile.ts'
import { inputSchemaIn, refusedLate, withImageFields } from '../shared/schema-fields.ts'
import { recordOf } from '../../lib/records.ts'
import { bytesOf, fileName, isUrl, urlOrDataUrl } from '../shared/images.ts'
import { callbackOf } from '../shared/options.ts'
import { failureOf } from './answer.ts'
import { replicateModels } from './models.ts'
import type { ChannelConfig, HttpRequest, Step, Submission, SubmitContext, VideoRequest } from '../vendor.ts'

/** An unlisted model: the fields that nearly all have; others by `metadata.image_field` and `metadata.input`. */
const general: FieldProfile = {
  first: 'image',
  duration: { format: 'number' },
  ratios: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'],
  seed: true,
  negative: true
}

/** Returns the table of a model, also of one version of it; undefined for an unlisted one. */
export const profileOf = (model: string): FieldProfile | undefined =>
  replicateModels[model] ?? replicateModels[model.split(':')[0] ?? '']

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  if (!/^\w[\w.-]*(\/\w[\w.-]*){0,2}(:\w+)?$/.test(video.model))
    return refuse('model', 'must be a model on Replicate, owner/name or owner/name:version')
  const known = profileOf(video.model)
  const schema = known === undefined && needsSchema(video) ? schemaOf(video.model) : null
  const profile = ownProfile(known ?? general, video)
  const checked = check(video, profile, channel, honouredBy(profile))
  if (checked.kind === 'refuse') return checked
  const image = schema ? null : imageRefusal(video, profile, channel)
  if (image) return image
  const { settings, warnings, ...priced } = settingsOf(video, profile, checked.seconds)
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings],
    ...priced,
    first(context) {
      const sending = (ready: VideoRequest, named: FieldProfile): Step => {
        const large = ready.images.map(({ source }) => source).filter(isLarge)
        return withUploads([...new Set(large)], {}, urls => {
          const input = inputOf(ready, named, settings, source => urls[source] ?? urlOrDataUrl(source))
          return { kind: 'send', request: predictionRequest(video.model, input, channel, context) }
        })
      }
      if (!schema) return sending(video, profile)
      return withImageFields(video, schema, inputIn, (fields, ready) => {
        if (fields) return sending(ready, { ...profile, ...noImages, ...fields })
        const refused = imageRefusal(video, profile, channel)
        return refused ? refusedLate(refused) : sending(video, profile)
      })
    }
  }
}

// replicate.com/docs/reference/http: models.get and models.versions.get have the schema; deployments and bare versions name no model
function schemaOf(model: string): HttpRequest | null {
  const [, name, version] = /^(\w[\w.-]*\/\w[\w.-]*)(?::(\w+))?$/.exec(model) ?? []
  if (name === undefined) return null
  return { method: 'GET', path: `/models/${name}${version === undefined ? '' : `/versions/${version}`}` }
}

function inputIn(body: unknown): unknown {
  const { latest_version: latest, openapi_schema: own } = recordOf(body)
  return inputSchemaIn(own ?? recordOf(latest).openapi_schema)
}

type Urls = Readonly<Record<string, string>>

/** Uploads images to the Files API one by one, then continues with their URLs. */
function withUploads([source, ...rest]: readonly string[], urls: Urls, then: (urls: Urls) => Step): Step {
  if (source === undefined) return then(urls)
  const file = bytesOf(source)
  const filename = fileName('image', file)
  return {
    kind: 'upload',
    request: { method: 'POST', path: '/files', body: { multipart: [{ name: 'content', file, filename }] } },
    next(answer) {
      const url = stored.safeParse(answer.body).data?.urls.get
      if (answer.status < 300 && url) return withUploads(rest, { ...urls, [source]: url }, then)
      return { status: 'rejected', failure: failureOf(answer) }
    }
  }
}

const stored = z.object({ urls: z.object({ get: z.string() }) })

// data URLs are for files up to 256 kB (docs: predictions.create, "file inputs")
const LARGE = (256 * 1024 * 4) / 3
const isLarge = (source: string) => !isUrl(source) && source.length > LARGE

/** `owner/name` is an official model, `owner/name:version` or a version alone a community one, `deployments/owner/name` the account's own. */
function predictionRequest(
  model: string,
  input: Record<string, unknown>,
  channel: ChannelConfig,
  context: SubmitContext
): HttpRequest {
  const { cancel_after: cancelAfter } = channel.options
  const callbackUrl = callbackOf(channel, context)
  const isVersion = model.includes(':') || !model.includes('/')
  const owned = model.startsWith('deployments/') ? `/${model}` : `/models/${model}`
  return {
    method: 'POST',
    path: isVersion ? '/predictions' : `${owned}/predictions`,
    ...(typeof cancelAfter === 'string' && { headers: { 'cancel-after': cancelAfter } }),
    body: {
      json: {
        ...(isVersion && { version: model }),
        input,
        ...(callbackUrl && { webhook: callbackUrl, webhook_events_filter: ['completed'] })
      }
    }
  }
}
