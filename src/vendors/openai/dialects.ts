import { z } from 'zod'
import { below } from '../shared/base-path.ts'
import { generalOptions } from '../shared/options.ts'
import type { ChannelConfig, Rework, SoundWord } from '../vendor.ts'

/*
 * How the upstreams that implement OpenAI's Videos API differ, as data. Sources: OpenAI OpenAPI document (August 2026), openai npm 7.57
 * types; new-api as observed from outside; vllm-project/vllm-omni docs/serving/videos_api.md.
 */

export type BodyMode = 'json' | 'multipart'
export type Setting = 'fps' | 'seed' | 'negative_prompt' | 'user'

/**
 * `object`, `string`, `file`: the form of input_reference. `image`: one in `image`, more in `images`. `image_reference`: vLLM's JSON text.
 * `reference_url`: SGLang, where input_reference would be a path on the server.
 */
export const imageStyles = ['object', 'string', 'file', 'image', 'images', 'image_reference', 'reference_url'] as const
export type ImageStyle = (typeof imageStyles)[number]

export interface Dialect {
  /** the collection where videos are created */
  path: string
  body: BodyMode
  duration: 'seconds' | 'duration' | 'both'
  images: Record<BodyMode, ImageStyle>
  /** supported settings besides `size` */
  settings: readonly Setting[]
  /** where settings and the client's metadata go */
  passThrough: 'body' | 'metadata'
  /** what it makes of its own videos */
  reworks?: readonly Rework[]
  /** OpenAI's own models are known, with their limits */
  ownModels?: boolean
  wholeSeconds?: boolean
  /** the setting for sound, where there is one */
  sound?: SoundWord
  /** `num_frames` and `fps` of the client's metadata set a length too */
  takesFrames?: boolean
  /** DELETE ends a running job */
  aborts?: boolean
  /** 404 means "no such job" */
  notFoundIsGone?: boolean
  /** `seconds` and `size` of a finished job describe it */
  exact?: boolean
}

// new-api reads `seconds` as text and `duration` as an integer (a fraction becomes 0), ignores fps, n, seed and user at the top, and
// passes `metadata` to its own vendor
const newApi: Dialect = {
  path: '/v1/videos',
  body: 'json',
  duration: 'both',
  images: { json: 'images', multipart: 'file' },
  settings: ['seed', 'negative_prompt'],
  passThrough: 'metadata',
  // its router has no other route of them
  reworks: ['remix'],
  wholeSeconds: true
}

const dialects: Record<'openai' | 'new-api' | 'new-api-legacy' | 'vllm-omni', Dialect> = {
  openai: {
    path: '/v1/videos',
    body: 'json',
    duration: 'seconds',
    images: { json: 'object', multipart: 'file' },
    settings: [],
    passThrough: 'body',
    reworks: ['edit', 'extend', 'remix'],
    ownModels: true,
    exact: true
  },
  'new-api': newApi,
  'new-api-legacy': { ...newApi, path: '/v1/video/generations', images: { json: 'image', multipart: 'file' } },
  'vllm-omni': {
    path: '/v1/videos',
    body: 'multipart',
    duration: 'seconds',
    images: { json: 'image_reference', multipart: 'image_reference' },
    settings: ['fps', 'seed', 'negative_prompt', 'user'],
    passThrough: 'body',
    takesFrames: true,
    sound: { field: 'generate_sound', on: true, off: false },
    aborts: true,
    notFoundIsGone: true
  }
}

export const options = z.strictObject({
  ...generalOptions,
  dialect: z
    .enum(['openai', 'new-api', 'new-api-legacy', 'vllm-omni'])
    .optional()
    .describe(
      'what the upstream is: openai or compatible (default), new-api or another reelay, new-api by its older route, vllm-omni'
    ),
  path: z
    .string()
    .regex(/^(\/[\w.-]+)+$/)
    .optional()
    .describe('the path that creates videos; default: the dialect’s own (`/v1/videos`)'),
  body_mode: z.enum(['json', 'multipart']).optional().describe('how a create is sent; default: as the dialect does'),
  duration_field: z
    .enum(['seconds', 'duration', 'both'])
    .optional()
    .describe('`seconds` as text, `duration` as a number, or both; default: as the dialect does'),
  image_style: z
    .enum(imageStyles)
    .optional()
    .describe(
      'input_reference as object, string or file; `image`, `images`, vLLM’s image_reference, SGLang’s reference_url'
    ),
  content: z
    .enum(['auto', 'endpoint'])
    .optional()
    .describe(
      'auto: download the result from the link in the answer, if there is one (default); endpoint: always from {path}/{id}/content'
    ),
  content_auth: z.boolean().optional().describe('false: results are public, and downloaded without the credential'),
  sync: z
    .boolean()
    .optional()
    .describe(
      'true: create by `{path}/sync`, which answers with the video itself (vLLM-Omni, TensorRT-LLM, FastVideo); a restart meanwhile leaves the outcome unknown, which jobs survive'
    ),
  sync_timeout_seconds: z
    .int()
    .min(1)
    .max(21_600)
    .optional()
    .describe('how long such an answer may take to begin, in seconds; default: 1800'),
  characters: z
    .boolean()
    .optional()
    .describe(
      'whether the upstream makes characters (`{path}/characters`) and its models take them; default: only OpenAI’s own models do'
    ),
  webhook_secret: z
    .string()
    .min(1)
    .optional()
    .describe('`whsec_…`, which the project’s webhooks must be signed with; without it callbacks are refused')
})

export type Options = z.infer<typeof options>

// true because a channel's options were parsed by `options` when it was stored
export const optionsOf = (channel: ChannelConfig) => channel.options as Options

/** Returns the channel's dialect, with the channel's options applied. */
export function dialectOf(channel: ChannelConfig): Dialect {
  const { dialect = 'openai', path, body_mode, duration_field, image_style } = optionsOf(channel)
  const own = dialects[dialect]
  return {
    ...own,
    path: path ?? own.path.replace(/^\/v1/, below(channel, '/v1')),
    body: image_style === 'file' ? 'multipart' : (body_mode ?? own.body),
    duration: duration_field ?? own.duration,
    images: image_style ? { json: image_style, multipart: image_style } : own.images
  }
}

/** Returns the collection that lists jobs and serves their files: new-api does neither under its older route. */
export function collectionOf(path: string): string {
  return path.replace(/\/video\/generations$/, '/videos')
}
