import { defined } from '../../lib/defined.ts'
import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { idIn, idOfLink, uuid } from '../shared/ids.ts'
import { bodyOf } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { reasonOf, stateOf, type State } from '../shared/state.ts'
import { toIso } from '../../lib/time.ts'

/* Runway's tasks. Sources: others.md §6, docs.dev.runwayml.com (errors, task failures), @runwayml/sdk 4.20.1. */

const creates = {
  does: 'create',
  method: 'POST',
  body: { model: 'gen4.5', promptText: 'A paper boat on a river', ratio: '1280:720', duration: 5 },
  example: { id: '019a5f00-0000-7000-8000-000000000001' },
  read,
  write: ({ id }: FrontVideo) => ({ status: 200, body: { id: uuid(id) } })
} satisfies Partial<FrontRoute>

export const runway = {
  id: 'runway',
  name: 'Runway',
  base: '',
  owns: /^\/v1\/((text|image|video)_to_video|tasks)(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    { ...creates, path: '/v1/text_to_video', summary: 'Create a task from text' },
    { ...creates, path: '/v1/image_to_video', summary: 'Create a task from images' },
    { ...creates, path: '/v1/video_to_video', summary: 'Create a task that edits a video' },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/tasks/{id}',
      summary: 'Retrieve a task',
      example: { id: '019a5f00-0000-7000-8000-000000000001', status: 'RUNNING', progress: 0.2 },
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'delete',
      method: 'DELETE',
      path: '/v1/tasks/{id}',
      summary: 'Cancel or delete a task',
      id: idIn,
      write: () => ({ status: 204 })
    }
  ],
  error,
  twins: [{ vendor: 'runway', model: 'gen4.5' }],
  clients: ['@runwayml/sdk'],
  limits: [
    'A source video is edited: `videoUri` without `keyframes` and other times. `promptVideo`, video references and audio references are refused.',
    '`contentModeration` is ignored with a warning in the header `x-reelay-warnings`.',
    'Costs are not told: `estimatedCost` and `cost` are credits of Runway.',
    'A deleted task is gone, also one that was cancelled by it. `X-Runway-Version` is not checked.'
  ]
} satisfies Front

const media = ['promptVideo', 'referenceVideos', 'referenceAudio', 'keyframes']

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const other = media.find(name => [body[name] ?? []].flat().length > 0)
  if (other !== undefined) throw refuse(other, 'only images are supported here, no video and no audio')
  // anything but this changes the file
  if ((body.outputFormat ?? 'mp4') !== 'mp4') throw refuse('outputFormat', 'only mp4 is supported')
  const { promptImage, references, videoUri, outputFormat: _, contentModeration, duration, ratio, ...rest } = body
  const frames = [promptImage ?? []].flat().map((image: unknown) => withRole(image, 'first'))
  const others = [references ?? []].flat().map((image: unknown) => withRole(image, 'reference'))
  const images = [...frames, ...others]
  return {
    body: {
      ...rest,
      // words that leave it to the vendor
      ...(duration !== 'auto' && { duration }),
      ...(ratio !== 'adaptive' && { ratio }),
      ...(images.length && { images }),
      ...defined({ video: videoUri })
    },
    names: { images: frames.length ? 'promptImage' : 'references', id: 'videoUri', video: 'videoUri' },
    ...(videoUri !== undefined && { rework: { does: 'edit', ...sourceOf(videoUri, request) } }),
    ...(contentModeration !== undefined && {
      warnings: [{ field: 'contentModeration', reason: 'ignored: the vendor judges as it does' }]
    })
  }
}

/** Returns the id of a source whose link we gave; any other is fetched by the vendor. */
const sourceOf = (uri: unknown, { origin }: WireRequest) =>
  defined({ id: typeof uri === 'string' ? idOfLink(uri, origin) : undefined })

/** Returns `{uri, position}` or an address alone as an image of ours, whose place is the one given unless it says its own. */
function withRole(image: unknown, role: string) {
  if (!isRecord(image)) return { uri: image, role }
  const { position, ...rest } = image
  return { ...rest, role: position ?? role }
}

const statuses = {
  queued: 'PENDING',
  in_progress: 'RUNNING',
  completed: 'SUCCEEDED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  expired: 'FAILED'
} as const satisfies Record<State, string>

/** Ours as Runway's, which are prefixes (docs.dev.runwayml.com/errors/task-failures); others are INTERNAL. */
const failureCodes: Readonly<Record<string, string>> = {
  content_policy_violation: 'SAFETY.INPUT',
  invalid_request: 'INPUT_PREPROCESSING'
}

function show(video: FrontVideo) {
  const { id, createdAt, progress, files, error: failure } = video
  const status = statuses[stateOf(video)]
  return {
    id: uuid(id),
    createdAt: toIso(createdAt),
    status,
    ...(status === 'RUNNING' && { progress: progress / 100 }),
    ...(status === 'SUCCEEDED' && { output: files.map(({ url }) => url) }),
    ...(status === 'FAILED' && {
      failure: reasonOf(video),
      failureCode: failureCodes[failure?.code ?? ''] ?? 'INTERNAL'
    })
  }
}

function error({ status, message, param }: Refusal): Written {
  return { status, body: { error: message, ...(param !== null && { issues: [{ path: param.split('.'), message }] }) } }
}
