import { z } from 'zod'
import { query as contentQuery } from '../../routes/content.ts'
import { several } from '../../routes/estimate.ts'
import { videoQuery as listQuery } from '../../routes/list.ts'
import { ok, type Answer, type Operation, type Section } from '../operation.ts'
import { deleted, listOf } from '../shapes/shared.ts'
import {
  Character,
  CreateCharacterForm,
  CreateVideo,
  CreateVideoForm,
  Estimate,
  NewApiTask,
  RefusedEstimate,
  RemixVideo,
  ReworkVideo,
  ReworkVideoForm,
  StartedXai,
  Video
} from '../shapes/video.ts'

const polls = ['openai-poll-after-ms', 'Retry-After'] as const
const refusals = [
  'unsupported',
  'content_policy_violation',
  'model_not_allowed',
  'model_not_found',
  'idempotency_in_progress',
  'idempotency_mismatch',
  'rate_limit_exceeded',
  'insufficient_quota',
  'upstream_error',
  'no_channel_available',
  'upstream_timeout'
] as const

const first = { model: 'kling-v1', prompt: 'A paper boat on a river', duration: 5, size: '1280x720' }
const examples = {
  'from text': first,
  'from a first frame': { ...first, prompt: 'The picture comes alive', image: 'https://example.com/frame.png' },
  'with settings of the vendor': {
    ...first,
    metadata: { mode: 'pro', cfg_scale: 0.5 },
    callback_url: 'https://example.com/hook'
  }
}

const shown: Answer = { description: 'The video.', schema: Video, headers: polls }
const link = z.object({ ...contentQuery.shape, expires: z.string().optional(), signature: z.string().optional() })
const wait = z.object({ wait: z.int().min(0).max(120).optional() })

const create: Operation = {
  id: 'createVideo',
  summary: 'Create a video',
  description:
    'Answers as soon as the vendor has accepted the request, or with a waiting video when every slot is taken. What the vendor refuses within `SUBMIT_WAIT_MS` is the error of this request. Poll the video, stream its events, or let a webhook tell you when it has finished.',
  access: 'key',
  needs: 'tasks:write',
  headers: ['Idempotency-Key', 'x-reelay-key'],
  body: { schema: CreateVideo, form: CreateVideoForm, examples },
  answers: { 200: { ...shown, headers: [...polls, 'idempotent-replayed'] } },
  errors: refusals,
  callbacks: true
}

const list: Operation = {
  id: 'listVideos',
  summary: 'List your videos',
  access: 'key',
  needs: 'tasks:read',
  headers: ['x-reelay-key'],
  query: listQuery,
  answers: ok(listOf(Video), 'A page of videos.')
}

const retrieve: Operation = {
  id: 'retrieveVideo',
  summary: 'Retrieve a video',
  description: 'Poll this until `status` is `completed` or `failed` (unified: `succeeded` or `failed`).',
  access: 'key',
  needs: 'tasks:read',
  headers: ['Prefer'],
  query: wait,
  answers: { 200: { ...shown, headers: [...polls, 'Preference-Applied'] } },
  errors: ['video_not_found']
}

const remove: Operation = {
  id: 'deleteVideo',
  summary: 'Delete a video',
  description: 'A video that has not finished is cancelled first, at the vendor too where it can cancel.',
  access: 'key',
  needs: 'tasks:write',
  headers: ['x-reelay-key'],
  answers: ok(deleted('video'), 'It is deleted.'),
  errors: ['video_not_found']
}

const cancel: Operation = {
  id: 'cancelVideo',
  summary: 'Cancel a video',
  description:
    'The video fails with the code `cancelled`. Where the vendor cannot cancel, the hold on the budget stays until it has ended.',
  access: 'key',
  needs: 'tasks:write',
  headers: ['x-reelay-key'],
  answers: { 200: shown },
  errors: ['video_not_found']
}

const file = 'The file itself. `video/mp4` for nearly all vendors.'
const content: Operation = {
  id: 'downloadVideo',
  summary: 'Download the file',
  description:
    'Streams the file, whole or a range of it. A signed link (the `url` of a video) needs no key. `HEAD` answers the headers alone.',
  access: 'link',
  needs: 'tasks:read',
  headers: ['Range', 'If-None-Match', 'If-Range'],
  query: link,
  answers: {
    200: {
      description: file,
      types: { 'video/*': 'The video.', 'image/*': 'A thumbnail or a spritesheet.' },
      headers: ['ETag']
    },
    206: {
      description: 'The range.',
      types: { 'video/*': 'A part.', 'image/*': 'A part.' },
      headers: ['Content-Range', 'ETag']
    },
    304: { description: 'It is the one that you have.', headers: ['ETag'] }
  },
  errors: [
    'video_not_found',
    'not_found',
    'video_not_ready',
    'video_expired',
    'range_not_satisfiable',
    'video_unavailable',
    'rate_limit_exceeded'
  ]
}

const events: Operation = {
  id: 'streamVideoEvents',
  summary: 'Stream the events of a video',
  description:
    'Server-sent events `video.queued`, `video.in_progress`, `video.completed` and `video.failed`, each with the video as `data`. The stream begins with what has happened so far, and ends with the video. A `204` stops an `EventSource` from connecting again.',
  access: 'key',
  needs: 'tasks:read',
  headers: ['Last-Event-ID', 'x-reelay-key'],
  answers: {
    200: { description: 'The stream.', types: { 'text/event-stream': 'Server-sent events.' } },
    204: { description: 'All events have been received.' }
  },
  errors: ['video_not_found', 'rate_limit_exceeded']
}

const lineage =
  '`remixed_from_video_id` names the video that it comes from. `model` absent: the one that made it, if it can.'
const lasting = 'The length stays that of the video.'
const reworks = {
  remix: `Makes a video anew from another prompt. ${lasting} ${lineage}`,
  edit: `Changes a video as the prompt says. ${lasting} ${lineage}`,
  extend: `Goes on where a video ends. \`seconds\` are those that are added, and paid for; the answer has the whole length. ${lineage}`
}

const rework = (id: string, summary: string, does: keyof typeof reworks): Operation => ({
  id,
  summary,
  description: `${reworks[does]} Models that cannot are a 400 \`unsupported\`, which names those that can.`,
  access: 'key',
  needs: 'tasks:write',
  headers: ['Idempotency-Key', 'x-reelay-key'],
  body:
    does === 'remix'
      ? { schema: RemixVideo, form: RemixVideo, examples: { 'another prompt': { prompt: 'The same at night' } } }
      : { schema: ReworkVideo, form: ReworkVideoForm, examples: { 'a video of yours': reworked } },
  answers: {
    200:
      does === 'remix'
        ? { ...shown, headers: [...polls, 'idempotent-replayed'] }
        : { ...shown, schema: z.union([Video, StartedXai]), headers: [...polls, 'idempotent-replayed'] }
  },
  errors: ['video_not_found', 'video_not_ready', ...refusals]
})

const reworked = { prompt: 'The sail is red', video: { id: 'video_019a5f3c8e1b7000a1b2c3d4e5f60718' } }

const also = (operation: Operation, id: string): Operation => ({
  ...operation,
  id,
  summary: `${operation.summary} (unified)`
})

export const videos: Section = {
  name: 'Videos',
  description:
    'Create videos, follow them, and download them. Every route exists in two families with the same fields: `/v1/videos` as OpenAI has it, and the unified `/v1/video/generations`.',
  operations: {
    'POST /v1/videos': create,
    'GET /v1/videos': list,
    'GET /v1/videos/{id}': retrieve,
    'DELETE /v1/videos/{id}': remove,
    'GET /v1/videos/{id}/content': content,
    'GET /v1/videos/{id}/events': events,
    'POST /v1/videos/{id}/cancel': cancel,
    'POST /v1/videos/estimate': {
      id: 'estimateVideo',
      summary: 'Estimate a price',
      description:
        'The most that a request can cost, and what would become of its fields, without making anything. Takes the fields of a create; the prompt may be missing. `models` instead of `model` compares up to four.',
      access: 'key',
      needs: 'tasks:read',
      headers: ['x-reelay-key'],
      body: {
        schema: CreateVideo.extend({
          prompt: CreateVideo.shape.prompt.optional(),
          models: several.shape.models.optional()
        }),
        form: CreateVideoForm,
        examples: { 'one model': first, 'several models': { models: ['kling-v1', 'kling-v2-master'], duration: 5 } }
      },
      answers: ok(
        z.union([Estimate, listOf(z.union([Estimate, RefusedEstimate]))]),
        'The estimate, or one for each of `models`.'
      ),
      errors: ['unsupported', 'model_not_allowed', 'model_not_found', 'no_channel_available', 'insufficient_quota']
    },
    'POST /v1/video/generations': also(create, 'createVideoGeneration'),
    'GET /v1/video/generations': also(list, 'listVideoGenerations'),
    'GET /v1/video/generations/{id}': {
      ...also(retrieve, 'retrieveVideoGeneration'),
      answers: { 200: { ...shown, schema: z.union([Video, NewApiTask]), headers: [...polls, 'Preference-Applied'] } }
    },
    'DELETE /v1/video/generations/{id}': also(remove, 'deleteVideoGeneration'),
    'GET /v1/video/generations/{id}/content': also(content, 'downloadVideoGeneration'),
    'GET /v1/video/generations/{id}/events': also(events, 'streamVideoGenerationEvents'),
    'POST /v1/video/generations/{id}/cancel': also(cancel, 'cancelVideoGeneration'),
    'POST /v1/videos/{id}/remix': rework('remixVideo', 'Remix a video', 'remix'),
    'POST /v1/videos/edits': rework('editVideo', 'Edit a video', 'edit'),
    'POST /v1/videos/extensions': rework('extendVideo', 'Extend a video', 'extend'),
    'POST /v1/videos/characters': {
      id: 'createCharacter',
      summary: 'Create a character',
      description:
        'A character is kept by the account that made it; videos with it are made there. Only a form is taken. Without a model that can make characters: a 400 `unsupported`.',
      access: 'key',
      needs: 'tasks:write',
      headers: ['x-reelay-key'],
      body: { schema: CreateCharacterForm, type: 'multipart/form-data', examples: {} },
      answers: ok(Character, 'The character.'),
      errors: refusals
    },
    'GET /v1/videos/characters/{id}': {
      id: 'retrieveCharacter',
      summary: 'Retrieve a character',
      access: 'key',
      needs: 'tasks:read',
      headers: ['x-reelay-key'],
      answers: ok(Character, 'The character.'),
      errors: ['not_found']
    }
  }
}
