import { z } from 'zod'
import { defined } from '../../lib/defined.ts'
import { recordOf } from '../../lib/records.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { billed } from '../shared/billing.ts'
import { check, refuse, type Honoured } from '../shared/check.ts'
import { byRole, bytesOf, fileName, isUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { images, requires } from '../shared/reasons.ts'
import { failureOf, polled, submitted, type Operation } from './answer.ts'
import { lengthOf } from './length.ts'
import { filled, placesIn, type Values } from './workflow.ts'
import { defineVendor } from '../define.ts'
import type { Bytes, ChannelConfig, ImageRole, Step, Submission, VideoRequest } from '../vendor.ts'

/* ComfyUI on a team's own GPUs. Source: docs.comfy.org, "Server routes" (/prompt, /history, /view, /upload/image, /queue) and "API examples". */

const workflow = z.record(
  z.string(),
  z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) })
)

export const comfyui = defineVendor<Operation>({
  id: 'comfyui',
  name: 'ComfyUI (self-hosted)',
  baseUrl: 'http://comfyui.invalid:8188',
  docsUrl: 'https://docs.comfy.org/development/comfyui-server/comms_routes',
  // ComfyUI itself has no keys: this one is for the proxy in front of it
  credential: {
    ...apiKey,
    fields: [{ name: 'api_key', label: 'API key of the proxy in front of it, else any text', secret: true }]
  },
  options: z.strictObject({
    ...generalOptions,
    workflows: z
      .record(z.string(), workflow)
      .describe(
        'for each model a workflow in the API format, with {{prompt}}, {{negative_prompt}}, {{seed|42}}, {{width|1280}}, {{height|720}}, {{seconds|5}}, {{frames|81}}, {{fps|16}}, {{image}}, {{last_image}} where the request decides'
      )
  }),
  models: {},
  facts: {
    source: 'docs.comfy.org, ComfyUI server routes',
    checked: '2026-11-30',
    missing: 'a model is a workflow of the channel',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: false,
    cancel: 'queued',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: () => ({}),

  submitted: (answer, video, channel) => submitted(answer, graphOf(video, channel), place => isGiven(video, place)),

  poll: ({ id }) => ({ method: 'GET', path: `/history/${encodeURIComponent(id)}` }),
  polled,

  // only what has not begun: /interrupt would stop whatever runs now
  cancel: ({ id }) => ({ method: 'POST', path: '/queue', body: { json: { delete: [id] } } }),
  cancelled: answer =>
    answer.status < 300
      ? { status: 'cancelled', requested: true }
      : { status: 'unchanged', failure: failureOf(answer) },

  probe: () => ({ method: 'GET', path: '/system_stats' })
})

function submit(asked: VideoRequest, channel: ChannelConfig): Submission {
  const video = withoutAnySeed(asked)
  const graph = graphOf(video, channel)
  if (graph === undefined) return refuse('model', `this channel has no workflow for ${video.model}`)
  const places = placesIn(graph)
  const roles: ImageRole[] = [
    ...(places.has('image') ? ['first' as const] : []),
    ...(places.has('last_image') ? ['last' as const] : [])
  ]
  const checked = check(video, { images: roles }, channel, honouredBy(places))
  if (checked.kind === 'refuse') return checked
  const missing = roles.find(role => !video.images.some(image => image.role === role))
  if (missing && channel.options.strict !== false) return refuse('image', requires(video.model, images[missing]))
  const length = lengthOf(video, places)
  if (length.kind === 'refuse') return length
  const values = { ...valuesOf(video), ...length.values }
  const { first, last } = byRole(video)
  return {
    kind: 'draft',
    warnings: checked.warnings,
    ...billed(video, { seconds: length.seconds }, {}),
    first({ reference }) {
      return withFiles([first, last], stored => {
        const files = defined({
          image: first === undefined ? undefined : stored[first],
          last_image: last === undefined ? undefined : stored[last]
        })
        const json = { prompt: filled(graph, { ...values, ...files }), client_id: reference }
        return { kind: 'send', request: { method: 'POST', path: '/prompt', body: { json } } }
      })
    }
  }
}

function graphOf({ model }: VideoRequest, { options }: ChannelConfig): unknown {
  const workflows = recordOf(options.workflows)
  return Object.hasOwn(workflows, model) ? workflows[model] : undefined
}

// -1 is any seed elsewhere; samplers refuse it
function withoutAnySeed(video: VideoRequest): VideoRequest {
  const { seed, ...rest } = video
  return seed === -1 ? rest : video
}

/** Whether the client decided the value of a place. */
function isGiven(video: VideoRequest, place: string): boolean {
  const { first, last } = byRole(video)
  const { seconds, fps } = video
  const values: Values = {
    ...valuesOf(withoutAnySeed(video)),
    seconds,
    fps,
    frames: seconds,
    image: first,
    last_image: last
  }
  return Object.hasOwn(values, place) && values[place] !== undefined
}

function honouredBy(names: ReadonlyMap<string, unknown>): Honoured[] {
  return [
    ...(names.has('seed') ? ['seed' as const] : []),
    ...(names.has('fps') ? ['fps' as const] : []),
    ...(names.has('negative_prompt') ? ['negative_prompt' as const] : []),
    ...(names.has('width') && names.has('height') ? ['size' as const] : [])
  ]
}

const valuesOf = ({ prompt, negativePrompt, seed, width, height }: VideoRequest): Values =>
  defined({ prompt, negative_prompt: negativePrompt, seed, width, height })

/** Uploads the images one by one (those at URLs are downloaded first), then continues with their names on the server. */
function withFiles(
  sources: readonly (string | undefined)[],
  then: (stored: Readonly<Record<string, string>>) => Step
): Step {
  const wanted = [...new Set(sources.filter(source => source !== undefined))]
  const urls = wanted.filter(isUrl)
  const upload = (files: Readonly<Record<string, Bytes>>, stored: Readonly<Record<string, string>>): Step => {
    const source = wanted.find(one => stored[one] === undefined)
    if (source === undefined) return then(stored)
    const file = files[source] ?? bytesOf(source)
    return {
      kind: 'upload',
      request: {
        method: 'POST',
        path: '/upload/image',
        body: { multipart: [{ name: 'image', file, filename: fileName('reelay', file) }] }
      },
      next(answer) {
        const { data } = uploaded.safeParse(answer.body)
        if (answer.status >= 300 || !data) return { status: 'rejected', failure: failureOf(answer) }
        const name = data.subfolder ? `${data.subfolder}/${data.name}` : data.name
        return upload(files, { ...stored, [source]: name })
      }
    }
  }
  return urls.length ? { kind: 'fetch', urls, next: files => upload(files, {}) } : upload({}, {})
}

const uploaded = z.object({ name: z.string().min(1), subfolder: z.string().nullish() })
