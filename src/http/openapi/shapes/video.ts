import { z } from 'zod'
import { createSchema } from '../../create/schema.ts'
import { creation } from '../../routes/characters.ts'
import { Price } from './model.ts'
import { ApiErrorBody, Money, Warning, milliseconds, seconds } from './shared.ts'

/* Videos as clients see them, and what a create request says. */

const id = 'video_019a5f3c8e1b7000a1b2c3d4e5f60718'

export const finishedVideo = {
  id,
  task_id: id,
  object: 'video',
  model: 'kling-v1',
  status: 'completed',
  progress: 100,
  created_at: 1767000000,
  completed_at: 1767000060,
  expires_at: null,
  prompt: 'A paper boat on a river',
  seconds: '5',
  size: '1280x720',
  remixed_from_video_id: null,
  format: 'mp4',
  url: `https://gateway.example.com/v1/videos/${id}/content?expires=1767088800&signature=…`,
  metadata: { duration: 5, fps: 24, width: 1280, height: 720, seed: 20231234 },
  error: null
}

const metadata = z.object({
  duration: z.number().nullable().describe('Seconds, of the file.'),
  fps: z.number().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  seed: z.number().nullable(),
  warnings: z.array(Warning).optional(),
  queue_position: z.int().optional().describe('While it waits for a slot: how many are served before it, and itself.'),
  estimated_wait_seconds: z.number().nullable().optional(),
  videos: z
    .array(z.object({ url: z.string().nullable() }))
    .optional()
    .describe('All of them, when several were made (`n`).'),
  sandbox: z.boolean().optional().describe('`true`: a test clip of the built-in vendor.')
})

export const videoFields = {
  id: z.string(),
  task_id: z.string().describe('The same as `id`.'),
  object: z.literal('video'),
  model: z.string(),
  status: z
    .enum(['queued', 'in_progress', 'completed', 'failed', 'processing', 'succeeded'])
    .describe(
      'OpenAI’s words (`queued`, `in_progress`, `completed`, `failed`) under `/openai/v1` and for OpenAI’s SDKs; else the unified ones (`processing`, `succeeded`, `failed`).'
    ),
  progress: z.int().min(0).max(100),
  created_at: seconds,
  completed_at: seconds.nullable(),
  expires_at: seconds.nullable().describe('When the file is deleted; null: not known or never.'),
  prompt: z.string(),
  seconds: z.string().describe('The length: what was asked for, after completion what the file says. `""`: unknown.'),
  size: z.string().describe('`WIDTHxHEIGHT`; `""`: unknown.'),
  remixed_from_video_id: z.string().nullable(),
  format: z.string(),
  url: z
    .string()
    .nullable()
    .describe('A signed link to the file, valid for about a day without a key; null until there is a file.'),
  metadata,
  error: z.object({ code: z.string(), message: z.string() }).nullable()
}

export const Video = z
  .object({
    ...videoFields,
    b64_json: z.string().nullable().optional().describe('With `response_format: b64_json`, once it has finished.')
  })
  .meta({
    id: 'Video',
    description: 'A video, whatever its state. All fields are always there.',
    examples: [finishedVideo]
  })

export const NewApiTask = z
  .object({
    code: z.literal('success'),
    message: z.string(),
    data: z.object({
      task_id: z.string(),
      status: z.enum(['QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE']),
      progress: z.string(),
      fail_reason: z.string(),
      result_url: z.string(),
      submit_time: seconds,
      start_time: seconds,
      finish_time: seconds,
      data: Video
    })
  })
  .meta({ id: 'NewApiTask', description: 'What keys with `dialect: newapi` get: the envelope of a new-api server.' })

const image = z
  .union([z.string(), z.object({ image_url: z.string() })])
  .describe('A link, base64, or a `data:` URL; up to 20 MB decoded.')
const { shape } = createSchema

const createFields = {
  model: shape.model.describe('A model of `GET /v1/models`. Absent: `DEFAULT_MODEL`, or the only model of the key.'),
  prompt: shape.prompt.describe('What the video shows.'),
  negative_prompt: shape.negative_prompt.describe('What it should not show.'),
  duration: shape.seconds.describe(
    'Seconds; `seconds` is the same. A length that the model cannot make becomes the nearest that it can.'
  ),
  seconds: shape.seconds.describe('The same as `duration`.'),
  size: shape.size.describe('`WIDTHxHEIGHT`; becomes the nearest ratio and resolution of the model.'),
  width: shape.width.describe('Pixels; only together with `height`.'),
  height: shape.height.describe('Pixels; only together with `width`.'),
  aspect_ratio: z.string().optional().describe('Instead of a size, e.g. `16:9`.'),
  resolution: z.string().optional().describe('Instead of a size, e.g. `1080p`.'),
  fps: shape.fps.describe('Frames per second.'),
  n: shape.n.describe('How many videos; each is paid for.'),
  seed: shape.seed,
  audio: z.boolean().optional().describe('With sound or silent; absent: as the model does by itself.'),
  images: z.array(image).optional().describe('Reference images.'),
  characters: shape.characters.describe('Characters of yours that the prompt names, for models that take them.'),
  response_format: shape.response_format.describe('`b64_json` puts the finished video into the answer.'),
  user: shape.user.describe('Your own name for your user; filters and reports know it.'),
  callback_url: shape.callback_url.describe('Gets the event when this video ends, signed with the key’s secret.'),
  metadata: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Settings of the vendor, under the vendor’s own names. `group` names requests that belong together.')
}

export const CreateVideo = z
  .looseObject({
    ...createFields,
    image: image
      .optional()
      .describe('The first frame. `first_frame`, `last_frame` and `reference_images` are read too.'),
    input_reference: image.optional().describe('The first frame, as OpenAI calls it.')
  })
  .meta({
    id: 'CreateVideo',
    description:
      'Names of other APIs for the same thing are read as well (`image_url`, `ratio`, `video_length` and more). What cannot be honoured is a 400 when it affects the picture or the price, else a warning.'
  })

export const CreateVideoForm = z
  .looseObject({
    ...createFields,
    input_reference: z
      .any()
      .optional()
      .meta({ type: 'string', format: 'binary', description: 'The first frame: a file, or a link.' })
  })
  .meta({ id: 'CreateVideoForm', description: 'The same as a form. Nested fields in brackets: `metadata[mode]=pro`.' })

const { model, prompt, n, user, callback_url, response_format, metadata: vendorSettings } = createFields
const reworkFields = { prompt, model, n, user, callback_url, response_format, metadata: vendorSettings }
const added = shape.seconds.describe('Of an extension: how many are added.')

export const RemixVideo = z.looseObject(reworkFields).meta({ id: 'RemixVideo' })

export const ReworkVideo = z
  .looseObject({
    ...reworkFields,
    seconds: added,
    video: z
      .union([z.object({ id: z.string() }), z.object({ url: z.string() })])
      .describe(
        'A completed video of yours by its `id`, or any by its `url` (http(s), or a `data:` URL of up to 20 MB). With `url` the answer is xAI’s, `{request_id}`.'
      )
  })
  .meta({ id: 'ReworkVideo' })

export const ReworkVideoForm = z
  .looseObject({
    ...reworkFields,
    seconds: added,
    video: z.any().optional().meta({
      type: 'string',
      format: 'binary',
      description: 'A file of up to 20 MB; or `video[id]`, a video of yours.'
    })
  })
  .meta({ id: 'ReworkVideoForm' })

export const Character = z
  .object({ id: z.string(), name: z.string(), created_at: seconds })
  .meta({ id: 'Character', description: 'What videos may show: the prompt names it, `characters` its id.' })

export const CreateCharacterForm = z
  .looseObject({
    name: creation.shape.name.describe('1 to 80 characters.'),
    video: z.any().meta({ type: 'string', format: 'binary', description: 'A file of up to 20 MB.' }),
    model: creation.shape.model.describe(
      'Whose channel makes it. Absent: `DEFAULT_MODEL` if it can, else the only model that can.'
    )
  })
  .meta({ id: 'CreateCharacterForm' })

export const StartedXai = z
  .object({ request_id: z.string() })
  .meta({ id: 'StartedXai', description: 'What xAI’s clients get, which name the video by `video.url`.' })

export const Estimate = z
  .object({
    object: z.literal('video.estimate'),
    model: z.string(),
    channel: z.string().nullable().describe('The id of the channel that would be asked first.'),
    seconds: z.number().nullable().describe('The length that would be made.'),
    size: z.string().nullable().describe('The size that would be made.'),
    width: z.int().nullable(),
    height: z.int().nullable(),
    resolution: z.string().nullable(),
    ratio: z.string().nullable(),
    price: Money.nullable().describe('The most that it can cost; null: the model has no price.'),
    rule: Price.nullable().describe('The price that this follows from.'),
    usual_ms: milliseconds.nullable().describe('How long such a video usually takes.'),
    queue: z
      .object({ position: z.int(), seconds: z.number().nullable() })
      .nullable()
      .describe('Where it would wait; null: it would not.'),
    covered: z.boolean().nullable().describe('Whether the budget of the key covers it; null: no budget or no price.'),
    unavailable_reason: z.string().nullable(),
    warnings: z.array(Warning)
  })
  .meta({ id: 'Estimate' })

export const RefusedEstimate = z
  .object({ model: z.string(), error: ApiErrorBody.shape.error })
  .meta({ id: 'RefusedEstimate', description: 'Why one of several models cannot make the video.' })
