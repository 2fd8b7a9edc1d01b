import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId, uuid } from '../shared/ids.ts'
import { bodyOf } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { stateOf, type State } from '../shared/state.ts'
import { toIso } from '../../lib/time.ts'

/* Runway's tasks. Sources: docs.dev.runwayml.com, @runwayml/sdk 4.20.1. */

const idIn = ({ params }: WireRequest) => ourId(params.id ?? '')

const creates = {
  does: 'create',
  method: 'POST',
  body: { model: 'gen4', promptText: 'A paper boat on a river', ratio: '1280:720', duration: 5 },
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
    { ...creates, path: '/v1/video_to_video', summary: 'Refused: no video is edited here' },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/tasks/{id}',
      summary: 'Retrieve a task',
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'delete',
      method: 'DELETE',
      path: '/v1/tasks/{id}',
      summary: 'Cancel and delete a task',
      id: idIn,
      write: () => ({ status: 204 })
    }
  ],
  error,
  twins: [{ vendor: 'runway', model: 'gen4.5' }],
  clients: ['@runwayml/sdk'],
  limits: [
    '`video_to_video`, videos and audio are refused.',
    '`contentModeration` is ignored with a warning in the header `x-reelay-warnings`.',
    'A deleted task is gone, also one that was only cancelled.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  if (body.videoUri !== undefined) throw refuse('videoUri', 'editing a video is not supported here')
  const { promptText, promptImage, references, ...rest } = body
  const frames = [promptImage ?? []].flat().map(image => (isRecord(image) ? image : { uri: image, position: 'first' }))
  const others = [references ?? []].flat().map(one => ({ ...(isRecord(one) ? one : { uri: one }), role: 'reference' }))
  const images = [...frames, ...others]
  return {
    body: { ...rest, prompt: promptText, ...(images.length && { images }) },
    names: { prompt: 'promptText', images: frames.length ? 'promptImage' : 'references' }
  }
}

const statuses = {
  queued: 'PENDING',
  in_progress: 'RUNNING',
  completed: 'SUCCEEDED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  expired: 'FAILED'
} as const satisfies Record<State, string>

const failureCodes: Readonly<Record<string, string>> = {
  content_policy_violation: 'INPUT_PREPROCESSING.SAFETY.TEXT',
  invalid_request: 'ASSET.INVALID'
}

function show(video: FrontVideo) {
  const { id, createdAt, progress, error: failure } = video
  const status = statuses[stateOf(video)]
  return {
    id: uuid(id),
    createdAt: toIso(createdAt),
    status,
    ...(status === 'RUNNING' && { progress: progress / 100 }),
    ...(status === 'SUCCEEDED' && { output: video.files.map(({ url }) => url) }),
    ...(status === 'FAILED' &&
      failure && { failure: failure.message, failureCode: failureCodes[failure.code] ?? 'INTERNAL' })
  }
}

function error({ status, message, param }: Refusal): Written {
  return { status, body: { error: message, ...(param !== null && { issues: [{ path: param.split('.'), message }] }) } }
}
