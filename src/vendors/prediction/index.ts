import { z } from 'zod'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { check, refuse } from '../shared/check.ts'
import {
  honouredBy,
  imageRefusal,
  inputOf,
  ownProfile,
  settingsOf,
  soundOfProfile,
  type FieldProfile
} from '../shared/field-profile.ts'
import { urlOrDataUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { ifSeedance } from '../shared/prompt-commands.ts'
import { polled, submitted, type PredictionOperation } from './answer.ts'
import { presetNames, presets, type Wire } from './presets.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, HttpRequest, Submission, VideoRequest } from '../vendor.ts'

/* Aggregators that answer a submit with a prediction to poll: WaveSpeed, muapi, Atlas Cloud, Kie and their like. presets.ts has the sources. */

const path = z.string().startsWith('/')
const place = z.string().regex(/^[\w-]+(\.[\w-]+)*$/)
const words = z.array(z.string().min(1)).min(1)

export const prediction = defineVendor<PredictionOperation>({
  id: 'prediction',
  name: 'Prediction API (WaveSpeed, muapi, Atlas Cloud, Kie)',
  baseUrl: 'https://api.aggregator.invalid',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    preset: z
      .enum(presetNames)
      .optional()
      .describe('whose API it is; default: wavespeed. Other options replace parts of it'),
    submit_path: path.optional().describe('where a prediction is submitted, with `{model}` when the path has it'),
    poll_path: path.optional().describe('where a prediction is asked for, with `{id}`'),
    auth_header: z.string().min(1).optional().describe('header of the key; default: authorization, as Bearer'),
    input_field: z.string().min(1).optional().describe('field of the body that has the model’s own fields'),
    id_at: place.optional().describe('where the id is in the answer to a submit, e.g. data.id'),
    status_at: place.optional().describe('where the status is in the answer to a poll'),
    outputs_at: place.optional().describe('where the links are'),
    error_at: place.optional().describe('where the text of an error is'),
    error_code_at: place.optional().describe('where the code of an error is'),
    queued: words.optional().describe('status words for: not started'),
    succeeded: words.optional().describe('status words for: finished'),
    failed: words.optional().describe('status words for: failed'),
    image_field: z.string().min(1).optional().describe('the models’ field for a first frame; default: image'),
    last_image_field: z.string().min(1).optional().describe('the models’ field for a last frame; default: last_image'),
    references_field: z.string().min(1).optional().describe('the models’ field for reference images; default: images')
  }),
  // each aggregator has hundreds, with fields of their own
  models: {},
  facts: {
    source: 'wavespeed.ai/docs, muapi.ai/docs, atlascloud.ai/docs; peer code for Kie',
    checked: '2026-11-30',
    missing: 'all: every aggregator has hundreds',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign(request, channel) {
    const { auth_header: header } = wireOf(channel)
    if (header === undefined || header.toLowerCase() === 'authorization') return withApiKey(request, channel)
    return { ...request, headers: { ...request.headers, [header.toLowerCase()]: channel.credential.api_key! } }
  },
  readPrompt: ifSeedance,
  submit,
  sound: () => soundOfProfile({}, false),
  submitted: (answer, _video, channel) => submitted(answer, wireOf(channel)),

  poll: ({ id }, channel) => requestTo('GET', wireOf(channel).poll_path.replaceAll('{id}', encodeURIComponent(id))),
  polled: (answer, operation, channel) => polled(answer, operation, wireOf(channel))
})

/** Returns the preset with the parts that the channel replaces. */
function wireOf({ options }: Pick<ChannelConfig, 'options'>): Wire {
  const { preset } = options
  // true because `options` was checked against the schema, whose names these are
  return { ...presets[typeof preset === 'string' ? preset : 'wavespeed']!, ...(options as Partial<Wire>) }
}

function profileOf({ options }: ChannelConfig): FieldProfile {
  const field = (name: string, usual: string) => (typeof options[name] === 'string' ? options[name] : usual)
  return {
    first: field('image_field', 'image'),
    last: field('last_image_field', 'last_image'),
    references: field('references_field', 'images'),
    duration: { format: 'number' },
    ratios: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'],
    resolutions: ['480p', '720p', '1080p'],
    seed: true,
    negative: true
  }
}

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  if (!/^\w[\w.-]*(\/\w[\w.-]*)*$/.test(video.model)) return refuse('model', 'must be the path of a model')
  const wire = wireOf(channel)
  const profile = ownProfile(profileOf(channel), video)
  const checked = check(video, profile, channel, honouredBy(profile))
  if (checked.kind === 'refuse') return checked
  const image = imageRefusal(video, profile, channel)
  if (image) return image
  const { settings, warnings, ...priced } = settingsOf(video, profile, checked.seconds)
  const inPath = wire.submit_path.includes('{model}')
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings],
    ...priced,
    first() {
      const input = inputOf(video, profile, settings, urlOrDataUrl)
      const fields = wire.input_field === undefined ? input : { [wire.input_field]: input }
      const request = requestTo('POST', wire.submit_path.replaceAll('{model}', video.model))
      return {
        kind: 'send',
        request: { ...request, body: { json: { ...(!inPath && { model: video.model }), ...fields } } }
      }
    }
  }
}

/** Returns a request to a path that may have a query. */
function requestTo(method: 'GET' | 'POST', address: string): HttpRequest {
  const [pathname = '', query = ''] = address.split('?')
  return { method, path: pathname, ...(query && { query: Object.fromEntries(new URLSearchParams(query)) }) }
}
