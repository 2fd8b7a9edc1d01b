import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { check, refuse } from '../shared/check.ts'
import { extras } from '../shared/extras.ts'
import { lastFrameRefusal } from '../shared/frames.ts'
import { rejected } from '../shared/http-failure.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { ratioOf, shortSide } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import { viduPrices } from './prices.ts'
import {
  defineVendor,
  type Asset,
  type ChannelConfig,
  type Cost,
  type HttpAnswer,
  type Image,
  type Polled,
  type Rejected,
  type Submission,
  type SubmitContext,
  type VideoRequest,
  type Warning
} from '../vendor.ts'
import { callback } from './callback.ts'
import { failureOf, taskFailure } from './failures.ts'
import { viduModels, type Route, type ViduModel } from './models.ts'

/* Vidu API. Sources: vendors/vidu.md; platform.vidu.com/docs (get-generation, error-code, callback-signature). */

interface Operation {
  id: string
}

export const vidu = defineVendor<Operation>({
  id: 'vidu',
  name: 'Vidu',
  baseUrl: 'https://api.vidu.com',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: viduModels,
  prices: viduPrices,
  facts: {
    source: 'platform.vidu.com/docs, read 2026-11',
    linkSeconds: 24 * 3600,
    linkRenews: true,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'queued',
    // the list of tasks shows neither our payload nor a time (docs/tasks-list), so twins cannot be told apart
    lookup: 'none',
    callback: 'signed',
    pollEveryMs: 5000
  },

  sign: (request, channel) => withApiKey(request, channel, 'Token'),
  submit,
  submitted(answer) {
    const task = created.safeParse(answer.body).data
    if (answer.status >= 300 || !task) return refused(answer)
    const { task_id: id, state, credits } = task
    return {
      status: 'accepted',
      operation: { id },
      upstreamId: id,
      ...(state === 'processing' && { running: true }),
      ...costOf(credits)
    }
  },

  poll: ({ id }) => ({ method: 'GET', path: `${taskPath(id)}/creations` }),
  polled,

  cancel: ({ id }) => ({ method: 'POST', path: `${taskPath(id)}/cancel`, body: { json: { id } } }),
  cancelled: answer =>
    answer.status < 300 ? { status: 'cancelled' } : { status: 'unchanged', failure: failureOf(answer) },

  callback,
  probe: () => ({ method: 'GET', path: '/ent/v2/credits', query: { show_detail: 'false' } })
})

const taskPath = (id: string) => `/ent/v2/tasks/${encodeURIComponent(id)}`

function submit(video: VideoRequest, channel: ChannelConfig, { reference, callbackUrl }: SubmitContext): Submission {
  const { route, images } = routeOf(video)
  const { action, resolution, payload, aspect_ratio: ratioWish, ...metadata } = video.metadata
  const known: ViduModel | undefined = (viduModels as Record<string, ViduModel>)[video.model]
  const spec = { ...known, ...known?.routes[route] }
  const held = check({ ...video, images }, spec, channel, ['seed', 'size'])
  if (held.kind === 'refuse') return held
  const { first, last, references } = byRole({ ...video, images })
  const hasRatio = route === 'text2video' || route === 'reference2video'

  if (channel.options.strict !== false) {
    if (typeof action === 'string' && action && actions[action] !== route)
      return refuse('metadata.action', `these images make ${route}`)
    if (known && !known.routes[route]) return refuse('image', `${video.model} is not served by ${route}`)
    const alone = lastFrameRefusal({ ...video, images })
    if (alone) return alone
    const frames = [first, last].filter(source => source !== undefined).length
    if (images.length !== frames && images.length !== references.length)
      return refuse('image', 'a first frame, a first and a last frame, or references alone')
    if (hasRatio && !video.prompt) return refuse('prompt', `${route} needs a prompt`)
    if (typeof resolution === 'string' && known?.resolutions?.includes(resolution) === false)
      return refuse('metadata.resolution', `${video.model} makes ${known.resolutions.join(', ')}`)
    if (hasRatio && typeof ratioWish === 'string' && known?.ratios?.includes(ratioWish) === false)
      return refuse('metadata.aspect_ratio', `${video.model} makes ${known.ratios.join(', ')}`)
  }

  const warnings = [...held.warnings]
  for (const field of unsupported.filter(name => metadata[name] !== undefined))
    warnings.push({ field: `metadata.${field}`, reason: 'Vidu has no such setting' })
  if (metadata.callback_url !== undefined)
    warnings.push({ field: 'metadata.callback_url', reason: 'not for the vendor: send callback_url beside metadata' })
  if (!hasRatio && ratioWish !== undefined)
    warnings.push({ field: 'metadata.aspect_ratio', reason: `${route} takes the shape of the image` })
  const sharpness = resolution ?? resolutionOf(video, known?.resolutions, warnings)
  const ratio = hasRatio ? ratioOf(video, known?.ratios ?? usualRatios) : undefined
  const body = {
    ...extras(metadata, ['prompt', 'images', ...unsupported]),
    model: video.model,
    ...(images.length && {
      images: [first, last, ...references].filter(source => source !== undefined).map(urlOrDataUrl)
    }),
    ...(video.prompt && { prompt: video.prompt }),
    ...(held.seconds !== undefined && { duration: held.seconds }),
    ...(video.seed !== undefined && { seed: video.seed }),
    ...(ratio && { aspect_ratio: ratio }),
    ...(sharpness !== undefined && { resolution: sharpness }),
    payload: typeof payload === 'string' && payload ? payload : reference,
    ...(callbackUrl && { callback_url: callbackUrl })
  }
  return { kind: 'send', request: { method: 'POST', path: `/ent/v2/${route}`, body: { json: body } }, warnings }
}

// §3.1; a field that is not in the documents is an error there (FieldUnwanted)
const unsupported = ['camera_control', 'cfg_scale']

// what new-api calls its routes, beside the vendor's names
const actions = table<Route>({
  text2video: 'text2video',
  textGenerate: 'text2video',
  img2video: 'img2video',
  generate: 'img2video',
  'start-end2video': 'start-end2video',
  firstTailGenerate: 'start-end2video',
  reference2video: 'reference2video',
  referenceGenerate: 'reference2video'
})

/** By the roles of the images; `metadata.action` may call one or two images references. */
function routeOf({ images, metadata }: VideoRequest): { route: Route; images: VideoRequest['images'] } {
  const has = (role: Image['role']) => images.some(image => image.role === role)
  if (actions[String(metadata.action)] === 'reference2video')
    return { route: 'reference2video', images: images.map(image => ({ ...image, role: 'reference' })) }
  if (has('reference') || Array.isArray(metadata.subjects)) return { route: 'reference2video', images }
  if (has('last')) return { route: 'start-end2video', images }
  return { route: has('first') ? 'img2video' : 'text2video', images }
}

const usualRatios = ['16:9', '9:16', '1:1', '4:3', '3:4']
const usualResolutions = ['540p', '720p', '1080p']

/** `size` is pixels, Vidu wants a word for the short side (§9). */
function resolutionOf(video: VideoRequest, names: readonly string[] = usualResolutions, warnings: Warning[]) {
  const side = shortSide(video)
  if (side === undefined) return undefined
  const height = (name: string) => Number.parseInt(name, 10)
  const name = names.find(each => height(each) >= side) ?? names.at(-1)
  if (name && height(name) !== side)
    warnings.push({
      field: 'size',
      reason: `${video.size} is made as ${name}; ${video.model} makes ${names.join(', ')}`
    })
  return name
}

function refused(answer: HttpAnswer): Rejected {
  const failure = failureOf(answer)
  // the connection broke on the way: the task may be there
  if (failure.code === 'Canceled') return { status: 'rejected', failure, outcomeUnknown: true }
  // a reason of the vendor's own says more than the HTTP status
  return failure.code === undefined ? rejected(answer, failure) : { ...rejected(answer, failure), failure }
}

function polled(answer: HttpAnswer): Polled<Operation> {
  if (answer.status >= 300) {
    const failure = failureOf(answer)
    return failure.code === 'TaskNotFound' ? { status: 'failed', failure } : { status: 'unchanged', failure }
  }
  const task = queried.safeParse(answer.body).data
  if (!task) return { status: 'unchanged' }
  if (task.state === 'failed') return { status: 'failed', failure: taskFailure(task.err_code) }
  if (task.state !== 'success') return words[task.state] ?? { status: 'running' }
  const [first, ...rest] = (task.creations ?? []).flatMap(assetOf)
  if (!first) return { status: 'failed', failure: { kind: 'server', message: 'success, without a video' } }
  return { status: 'succeeded', videos: [first, ...rest], ...costOf(task.credits) }
}

const words = table<Polled<Operation>>({
  created: { status: 'queued' },
  queueing: { status: 'queued' },
  processing: { status: 'running' }
})

// seen as a number and as a text
const credits = z.union([z.number(), z.string()]).nullish().catch(null)
const created = z.object({
  task_id: z.union([z.string().min(1), z.number().transform(String)]),
  state: z.string().nullish(),
  credits
})
const creation = z.object({ url: linkOrNone, cover_url: linkOrNone.catch(null) })
const queried = z.object({
  state: z.string(),
  err_code: textFact,
  credits,
  creations: z.array(creation).nullish()
})

function assetOf({ url, cover_url }: z.infer<typeof creation>): Asset[] {
  return url ? [{ at: { url }, ...(cover_url && { coverUrl: cover_url }), expiresInSeconds: 24 * 3600 }] : []
}

function costOf(amount: z.infer<typeof credits>): { cost?: Cost } {
  const known = amount !== null && amount !== undefined && amount !== '' && Number.isFinite(Number(amount))
  return known ? { cost: { amount: Number(amount), currency: 'vidu-credits' } } : {}
}
