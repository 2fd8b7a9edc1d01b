import { z } from 'zod'
import { defined } from '../../lib/defined.ts'
import { isRecord, recordOf } from '../../lib/records.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { billed } from '../shared/billing.ts'
import { check, refuse, type Honoured } from '../shared/check.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { byRole, bytesOf, fileName, isUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { images, notSupported, requires } from '../shared/reasons.ts'
import { noVideo } from '../shared/task-failure.ts'
import { filled, namesIn, type Values } from './workflow.ts'
import { defineVendor } from '../define.ts'
import type {
  Bytes,
  ChannelConfig,
  Failure,
  HttpAnswer,
  ImageRole,
  Polled,
  ProducedFile,
  Step,
  Submission,
  VideoRequest
} from '../vendor.ts'

/* ComfyUI on a team's own GPUs. Source: docs.comfy.org, "Server routes" (/prompt, /history, /view, /upload/image, /queue) and "API examples". */

interface Operation {
  id: string
}

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

  submitted(answer) {
    const id = started.safeParse(answer.body).data?.prompt_id
    if (answer.status < 300 && id) return { status: 'accepted', operation: { id }, upstreamId: id }
    // an error in its own words: the workflow was not queued
    const failure = failureOf(answer)
    return failure.code === undefined ? rejected(answer, failure) : surelyRejected(failure)
  },

  poll: ({ id }) => ({ method: 'GET', path: `/history/${encodeURIComponent(id)}` }),
  polled(answer, { id }) {
    if (answer.status >= 300 || !isRecord(answer.body))
      return { status: 'unchanged', ...(answer.status >= 300 && { failure: failureOf(answer) }) }
    // not in the history yet: queued or running
    if (!Object.hasOwn(answer.body, id)) return { status: 'running' }
    const { data } = entry.safeParse(answer.body[id])
    return data ? stateOf(data) : { status: 'unchanged' }
  },

  // only what has not begun: /interrupt would stop whatever runs now
  cancel: ({ id }) => ({ method: 'POST', path: '/queue', body: { json: { delete: [id] } } }),
  cancelled: answer =>
    answer.status < 300
      ? { status: 'cancelled', requested: true }
      : { status: 'unchanged', failure: failureOf(answer) },

  probe: () => ({ method: 'GET', path: '/system_stats' })
})

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const workflows = recordOf(channel.options.workflows)
  const graph = Object.hasOwn(workflows, video.model) ? workflows[video.model] : undefined
  if (graph === undefined) return refuse('model', `this channel has no workflow for ${video.model}`)
  const names = namesIn(graph)
  const roles: ImageRole[] = [
    ...(names.has('image') ? ['first' as const] : []),
    ...(names.has('last_image') ? ['last' as const] : [])
  ]
  const checked = check(video, { images: roles }, channel, honouredBy(names))
  if (checked.kind === 'refuse') return checked
  const missing = roles.find(role => !video.images.some(image => image.role === role))
  if (missing && channel.options.strict !== false) return refuse('image', requires(video.model, images[missing]))
  const takesLength = names.has('seconds') || names.has('frames')
  if (video.seconds !== undefined && !takesLength) return refuse('duration', notSupported(video.model))
  const values = valuesOf(video)
  const { first, last } = byRole(video)
  return {
    kind: 'draft',
    warnings: checked.warnings,
    ...billed(video, { seconds: takesLength ? video.seconds : undefined }, {}),
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

function honouredBy(names: ReadonlySet<string>): Honoured[] {
  return [
    ...(names.has('seed') ? ['seed' as const] : []),
    ...(names.has('fps') ? ['fps' as const] : []),
    ...(names.has('negative_prompt') ? ['negative_prompt' as const] : []),
    ...(names.has('width') && names.has('height') ? ['size' as const] : [])
  ]
}

// video models make one frame more than the length needs
function valuesOf({ prompt, negativePrompt, seed, width, height, seconds, fps }: VideoRequest): Values {
  const frames = seconds === undefined || fps === undefined ? undefined : Math.round(seconds * fps) + 1
  return defined({ prompt, negative_prompt: negativePrompt, seed, width, height, seconds, fps, frames })
}

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
const started = z.object({ prompt_id: z.string().min(1) })
const file = z.object({ filename: z.string().min(1), subfolder: z.string().nullish(), type: z.string().nullish() })
const entry = z.object({
  outputs: z.record(z.string(), z.record(z.string(), z.unknown()).catch({})).catch({}),
  status: z
    .object({ status_str: z.string().nullish(), completed: z.boolean().nullish(), messages: z.unknown().optional() })
    .nullish()
    .catch(null)
})

function stateOf({ outputs, status }: z.infer<typeof entry>): Polled<Operation> {
  if (status?.status_str === 'error') return { status: 'failed', failure: errorIn(status.messages) }
  // savers call their list images, gifs or videos: the file's name says what it is
  const files = Object.values(outputs)
    .flatMap(output => Object.values(output))
    .flatMap(list => (Array.isArray(list) ? list : []))
    .flatMap(one => file.safeParse(one).data ?? [])
    .filter(({ filename, type }) => /\.(mp4|webm|mov|mkv|gif|webp)$/i.test(filename) && type !== 'temp')
  const [first, ...others] = files.map(produced)
  if (first) return { status: 'succeeded', videos: [first, ...others] }
  // only its own word ends a task without a file
  return status?.status_str === 'success' && status.completed === true ? noVideo : { status: 'running' }
}

const produced = ({ filename, subfolder, type }: z.infer<typeof file>): ProducedFile => ({
  at: {
    fetch: { method: 'GET', path: '/view', query: { filename, subfolder: subfolder ?? '', type: type ?? 'output' } }
  }
})

// messages: ["execution_error", {exception_message, node_type, …}]
function errorIn(messages: unknown): Failure {
  const list: unknown[] = Array.isArray(messages) ? messages : []
  const details = list
    .filter(one => Array.isArray(one) && (one[0] === 'execution_error' || one[0] === 'execution_interrupted'))
    .map(one => ({ name: String((one as unknown[])[0]), told: recordOf((one as unknown[])[1]) })) // arrays, by the filter
  const [last] = details.slice(-1)
  if (last?.name === 'execution_interrupted') return { kind: 'cancelled', message: 'The workflow was interrupted.' }
  const { exception_message: text, exception_type: type } = last?.told ?? {}
  return {
    kind: 'server',
    message: typeof text === 'string' && text !== '' ? text : 'The workflow failed.',
    ...(typeof type === 'string' && type !== '' && { code: type })
  }
}

const refusal = z.object({
  error: z.object({ type: z.string().min(1), message: z.string().nullish(), details: z.string().nullish() })
})

/** A workflow that does not validate is the operator's: an unknown node, a model that is not there. */
function failureOf(answer: HttpAnswer): Failure {
  const { data } = refusal.safeParse(answer.body)
  if (!data) return { kind: kindOfStatus(answer.status), message: excerpt(answer), ...retryAfter(answer) }
  const { type, message, details } = data.error
  return {
    kind: 'misconfigured',
    message: [message ?? type, details].filter(Boolean).join(': '),
    code: type,
    modelOnly: true
  }
}
